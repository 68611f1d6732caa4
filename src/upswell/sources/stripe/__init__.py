"""Stripe: reads an account completely, keeps what it read, and makes contract tables of it.

Reading lands each object's JSON as it came; everything after that is SQL over what was landed (`models/`), so that a
better understanding of the same objects needs no second reading.
"""
