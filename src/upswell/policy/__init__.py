"""Policies: the named rules under which a ledger is built."""

from upswell.policy.load import FoundPolicy, find, find_all, load, preset_names
from upswell.policy.model import Policy

__all__ = ["FoundPolicy", "Policy", "find", "find_all", "load", "preset_names"]
