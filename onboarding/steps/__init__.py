"""The steps of onboarding, each with its undo beside it, and the transitions' `do` functions that use them.

`phone.py`, `profile.py`, `documents.py`, `identity.py`, `screening.py` and `banking.py` follow the customer's way;
`progress.py` moves the applicant where nothing else does; `asking.py` holds what every call to a provider shares.
"""
