"""The HTTP surface: what every API of this project shares, and the operators' endpoints.

Read views (what a call passes through), problems (how each refusal looks), keys (who calls), then operators' views.
Applications build on `views.ApiView`, `problems.Problem`, `catalogue.declare`, `keys` and `serializers`.
"""
