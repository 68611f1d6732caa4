"""A scorecard as JSON: all there is of it, to be kept and read again."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Final

from upswell.analysis.signals.catalogue import SIGNALS
from upswell.growth.health.report import Health

FORMAT: Final = 1


def stored_health(health: Health, *, signals: str) -> bytes:
    """The file of a scorecard; `signals` stands for the catalogue that it was made with."""
    from pydantic import TypeAdapter  # noqa: PLC0415 -- a tenth of a second that only a kept card needs

    told = TypeAdapter(Health).dump_python(health, mode="json")
    return json.dumps({**_made_by(signals), "health": told}, indent=1).encode()


def read_stored_health(content: bytes, *, signals: str) -> Health | None:
    """The scorecard of a file; None where it is not whole, or another release or catalogue of signals made it."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 -- see above

    try:
        kept = json.loads(content)
        if {name: kept[name] for name in _made_by(signals)} != _made_by(signals):
            return None
        found = TypeAdapter(Health).validate_python(kept["health"])
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
    known = {each.name for each in SIGNALS}
    lines = () if found.card is None else found.card.lines
    # A file is data: what no scorecard of this release could be is none.
    is_whole = found.card is None or (bool(lines) and all(each.signal in known for each in lines))
    return found if is_whole else None


def _made_by(signals: str) -> dict[str, object]:
    return {"format": FORMAT, "release": version("upswell"), "signals": signals}
