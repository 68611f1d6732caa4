"""Texts that come from billing data and end in a spreadsheet or on a terminal must do nothing there.

A customer called `=HYPERLINK("http://x","y")` is a formula to a spreadsheet that opens a CSV; with a quote before it,
it is a text again:

    >>> neutral('=HYPERLINK("http://x","y")')
    '\\'=HYPERLINK("http://x","y")'
    >>> neutral("-12.00"), neutral("-w"), neutral("Acme")
    ('-12.00', "'-w", 'Acme')
"""

from __future__ import annotations

import re
from typing import Final

# What makes a spreadsheet read a formula, in its full-width forms too (East Asian versions take them for the same), and
# the white space that some drop before they look.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NEGATIVE: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def neutral(text: str) -> str:
    """`text` for a cell of CSV: with a single quote before it where a spreadsheet would run it as a formula.

    A plain negative number stays as it is: it is one to a spreadsheet, too.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NEGATIVE.fullmatch(text) else text


def without_controls(text: str) -> str:
    """`text` with U+FFFD in the place of each control character but tab and line feed: no terminal is steered by it,
    and XML, which has no such characters, can hold it.
    """
    return _CONTROL.sub("\ufffd", text)
