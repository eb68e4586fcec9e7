"""Screening against sanctions lists.

Read `names.py` (how names are compared), `scoring.py` (what a likeness is worth, with the thresholds), `index.py` (who
on the lists comes into question), `screening.py` (all of it together), `formats/` (the files that lists come in).
"""
