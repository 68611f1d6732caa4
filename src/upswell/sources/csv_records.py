"""Counting the records of a CSV file exactly, where a record's number is not its position.

Blank lines are no rows, and a quoted cell may hold line ends. In

    customer_id,note
    <blank>
    acme,"two
    lines"

acme is record 3. The reader numbers rows as if blank lines were not there; `scan` says which
record numbers are blank, so that the numbers can be put right, and how many records there are,
so that none can be lost. It reads line by line and is used only where the plain line count does
not already prove that rows and lines are the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_QUOTE: Final = b'"'


@dataclass(frozen=True)
class RecordScan:
    """How many records a file has, the heading included, and the numbers of the blank ones.

    `open_quote` is the number of a record whose quote is still open at the end of the file, and
    `swallowed` the lines below it that it took in.
    """

    records: int
    blank: tuple[int, ...]
    open_quote: int | None
    swallowed: int = 0


def scan(path: Path, *, separator: str) -> RecordScan:
    """Walk over the lines of `path`; memory is that of one line and of the blank numbers."""
    mark = separator.encode()
    number = inside = 0
    quoted = False
    blank: list[int] = []
    for line in _lines(path):
        inside += 1
        if not quoted:
            number += 1
            inside = 0
            if not line.strip(b"\r\n"):
                blank.append(number)
        if _QUOTE in line:
            quoted = _ends_quoted(line, quoted=quoted, separator=mark)
    if quoted:
        return RecordScan(number, tuple(blank), open_quote=number, swallowed=inside)
    return RecordScan(number, tuple(blank), open_quote=None)


def _ends_quoted(line: bytes, *, quoted: bool, separator: bytes) -> bool:
    """Whether a quoted cell is still open after this line. A quote inside a bare cell is a letter."""
    if not quoted and _only_plain_cells(line, separator):
        return False
    at_start = not quoted
    position = 0
    while position < len(line):
        here = line[position : position + 1]
        if quoted and here == _QUOTE:
            doubled = line[position + 1 : position + 2] == _QUOTE
            quoted = doubled
            position += doubled
        elif not quoted and here == _QUOTE and at_start:
            quoted = True
        at_start = not quoted and here == separator
        position += 1
    return quoted


def _only_plain_cells(line: bytes, separator: bytes) -> bool:
    """A short cut for the usual line: each quoted cell has one quote at either end and no more."""
    openings = line.count(separator + _QUOTE) + line.startswith(_QUOTE)
    closings = line.count(_QUOTE + separator) + line.rstrip(b"\r\n").endswith(_QUOTE)
    return line.count(_QUOTE) == openings + closings == 2 * openings


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        head = file.read(65536)
        file.seek(0)
        if b"\n" in head or b"\r" not in head:
            yield from file
            return
        rest = b""
        while chunk := file.read(1 << 20):
            *lines, rest = (rest + chunk).split(b"\r")
            yield from (line + b"\r" for line in lines)
        if rest:
            yield rest
