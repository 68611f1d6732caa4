"""The holdout: families of customers that are never contacted, so that it can be measured what contacting does.

A family is held out where the first 8 bytes of SHA-256 over the salt, a zero byte and its id, as a fraction of 2^64,
are under the share. So it is the same on every machine and every day, no list of it is kept, and a larger share holds
out all that a smaller one did. Families, not customers, since members talk to each other.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Final

_BYTES: Final = 8
_WHOLE: Final = 1 << (8 * _BYTES)


def is_held_out(family_id: str, *, share: Decimal, salt: str) -> bool:
    """Whether the family is held out when `share` (0 to 1) of all families are."""
    drawn = hashlib.sha256(f"{salt}\0{family_id}".encode()).digest()[:_BYTES]
    return int.from_bytes(drawn, "big") < share * _WHOLE
