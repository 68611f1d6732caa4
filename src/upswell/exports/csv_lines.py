"""Lines of CSV that every reader takes apart again as they were, in files and on stdout."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Protocol

from upswell.exports.texts import neutral


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class CsvLines:
    """Writes rows of texts that end with a line feed."""

    def __init__(self, file: _Writable) -> None:
        self._file = file
        # Python quotes a carriage return in a cell only where lines end with one (before 3.13): `write` takes it off.
        self._rows = csv.writer(self, lineterminator="\r\n")

    def headings(self, names: Iterable[str]) -> None:
        """The first line. A heading can be the name of an attribute, which is anybody's text."""
        self._rows.writerow([neutral(name) for name in names])

    def rows(self, rows: Iterable[Iterable[str]]) -> None:
        """Lines of cells, which the caller has made neutral."""
        self._rows.writerows(rows)

    def write(self, line: str, /) -> int:
        """One line as the library made it."""
        self._file.write(line.removesuffix("\r\n") + "\n")
        return len(line)
