"""The benchmark: three-step workflows beside a bare loop and beside a peer, as ratios in one run.

`python -m benchmarks` (or `make bench`). Read `__main__.py`, `plan.py` (what is measured), `phase.py` (one
measured
phase is one fresh process), `subjects/` (who is measured), `bars.py` and `report.py` (what comes out).
"""
