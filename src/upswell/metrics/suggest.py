"""Refusing an unknown name helpfully: `expnsion_mrr` gets `did you mean expansion_mrr?`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from upswell.errors import UsageError


def unknown_name(noun: str, found: str, *, known: Sequence[str], code: str) -> UsageError:
    """The error for a name that is none of `known`, with the nearest ones as the remedy."""
    near = get_close_matches(found.lower(), [name.lower() for name in known], n=3, cutoff=0.6)
    spelled = {name.lower(): name for name in known}
    nearest = " or ".join(spelled[name] for name in near)
    return UsageError(
        f"there is no {noun} {found!r}",
        code=code,
        expected=f"one of: {', '.join(known)}",
        found=found,
        remedy=f"did you mean {nearest}?" if near else f"choose one of the {noun}s listed",
    )
