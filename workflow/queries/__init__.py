"""Read functions over the workflow rows, for the operators' API and the admin alike. Nothing here writes.

paging and reading hold what all lists share; then instances, timeline, definitions, incidents, overview, health.
"""
