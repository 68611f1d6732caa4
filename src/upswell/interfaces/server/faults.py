"""A fault as the log tells it: of which kind, and where, and never what it says.

    told_of(error)      {"fault": "KeyError", "at": ["interfaces/web/customers.py:44 customer"]}

The message of a fault can hold a customer's name, a query or a secret; the place is what one needs to mend it.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Final

_PARTS: Final = 3


def told_of(fault: BaseException) -> dict[str, Any]:
    """The kinds of a fault and what it came from, and the places it went through."""
    chain = _chain(fault)
    frames = [frame for each in chain for frame in traceback.extract_tb(each.__traceback__)]
    places = [f"{'/'.join(Path(each.filename).parts[-_PARTS:])}:{each.lineno} {each.name}" for each in frames]
    return {"fault": " from ".join(type(each).__name__ for each in chain), "at": places}


def _chain(fault: BaseException) -> list[BaseException]:
    cause = fault.__cause__ or fault.__context__
    return [fault] if cause is None else [fault, *_chain(cause)]
