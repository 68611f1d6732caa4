"""Policies: the named rules under which a ledger is built."""

from upswell.policy.load import load, preset_names
from upswell.policy.model import Policy

__all__ = ["Policy", "load", "preset_names"]
