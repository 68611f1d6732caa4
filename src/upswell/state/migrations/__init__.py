"""Alembic's migrations of the state, one module for each revision in `versions`."""
