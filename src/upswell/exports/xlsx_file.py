"""An answer as a workbook: the rows on the sheet `data`, what is said about them on the sheet `About`.

A spreadsheet's number is a binary float with 15 digits to be relied on. So 833.416667 is a number, shown as 833.42, and
a figure with more digits is a text with all of them: nothing is rounded without a word, and `About` counts them.
Every text is written as a text; none is a formula or a link, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import pyarrow as pa
import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from upswell.errors import UsageError
from upswell.exports.about import About
from upswell.exports.rows import Cells, Unit, columns_of, slices
from upswell.exports.texts import without_controls
from upswell.money.amount import exact_text
from upswell.money.currency import minor_units

ROWS_ON_SHEET: Final = 1_048_575  # beside the headings
_DIGITS: Final = 15
_TEXT_MAX: Final = 32_767  # UTF-16 units in a cell
_WIDTHS: Final = (8, 40)
_NUMBER_FORMATS: Final = {"rate": "0.00%", "ratio": "0.00", "count": "#,##0", "month": "yyyy-mm"}
_DATE: Final = "yyyy-mm-dd"
_TIME: Final = "yyyy-mm-dd hh:mm:ss"
# Spreadsheets agree on the numbers of days from here on.
_FIRST_DAY: Final = date(1900, 3, 1)
_DAY_ZERO: Final = date(1899, 12, 30)
# A file made twice of one book is the same file.
_NEVER: Final = datetime(1980, 1, 1)  # noqa: DTZ001 -- a workbook's times have no zone


def write_xlsx(
    file: BinaryIO,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    about: About,
    *,
    rows_on_sheet: int = ROWS_ON_SHEET,
) -> tuple[str, ...]:
    """Write the answer to `file` and return what must be known of it, such as texts for numbers.

    Rows beyond `rows_on_sheet` go on the sheets `data 2`, `data 3` ... Raises `UsageError` for a text that is too long
    for a cell.
    """
    target = _Target(file)
    with TemporaryDirectory(prefix="upswell-") as scratch:
        options = {"constant_memory": True, "tmpdir": scratch, "use_zip64": True}
        try:
            with xlsxwriter.Workbook(target, options) as workbook:
                as_of = about.text("as of")
                workbook.set_properties({"created": datetime.fromisoformat(as_of) if as_of else _NEVER})
                written = _Written(workbook, schema, about, rows_on_sheet)
                for batch in slices(batches):
                    written.rows(columns_of(batch, about.columns))
                notes = written.finish()
        except FileCreateError as error:
            # What the disk said of the scratch files, wrapped by the library.
            raise OSError(*error.args[0].args) from error
    if target.error is not None:
        raise target.error
    return notes


class _Target:
    """The file for the library, which must not learn that the disk is full: it would try again, long after, in vain."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._place = 0
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        """Write, unless that failed before."""
        self._attempt(self._file.write, content)
        self._place += len(content)
        return len(content)

    def seek(self, place: int) -> int:
        """Go on at `place`."""
        self._attempt(self._file.seek, place)
        self._place = place
        return place

    def tell(self) -> int:
        """Where the next byte goes."""
        return self._place

    def flush(self) -> None:
        """Hand over what is buffered."""
        self._attempt(self._file.flush)

    def _attempt(self, act: Callable[..., object], *given: object) -> None:
        if self.error is None:
            try:
                act(*given)
            except OSError as error:
                self.error = error


class _Written:
    """A workbook being written, row after row: the library keeps one row in memory."""

    def __init__(self, workbook: xlsxwriter.Workbook, schema: pa.Schema, about: About, rows_on_sheet: int) -> None:
        self._workbook = workbook
        self._names: list[str] = schema.names
        self._about = about
        self._rows_on_sheet = rows_on_sheet
        self._formats: dict[str, Any] = {}
        self._heading = workbook.add_format({"bold": True, "bottom": 1})
        self._label = workbook.add_format({"bold": True, "valign": "top"})
        self._wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        self._sheets = 0
        self._row = 0
        self._count = 0
        self._numbers_as_text = 0
        self._texts_replaced = 0
        self._widths = [len(name) for name in self._names]
        self._sheet = self._next_sheet()

    def rows(self, columns: list[Cells]) -> None:
        """The rows of one batch."""
        cells = [self._styled(place, each) for place, each in enumerate(columns)]
        for row in zip(*cells, strict=True):
            if self._row == self._rows_on_sheet:
                self._end_sheet()
                self._sheet = self._next_sheet()
            self._row += 1
            self._count += 1
            for place, (value, style) in enumerate(row):
                if value is not None:
                    self._write[type(value)](self._row, place, value, style)

    def finish(self) -> tuple[str, ...]:
        """End the last sheet and write `About`."""
        self._end_sheet()
        notes = tuple(self._notes())
        sheet = self._workbook.add_worksheet("About")
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, 1, 100)
        facts = [*self._about.pairs, ("rows", str(self._count)), *(("note", note) for note in notes)]
        for row, (label, text) in enumerate(facts):
            sheet.write_string(row, 0, self._text(label), self._label)
            sheet.write_string(row, 1, self._text(text), self._wrapped)
        return notes

    def _notes(self) -> Iterator[str]:
        if self._sheets > 1:
            yield f"the rows are on {self._sheets} sheets, {self._rows_on_sheet:,} on each but the last"
        if self._numbers_as_text:
            yield (
                f"numbers of more than {_DIGITS} digits, which no spreadsheet keeps, are texts to the last digit: "
                f"{self._numbers_as_text:,}"
            )
        if self._texts_replaced:
            yield (
                "control characters, which a workbook cannot hold, are U+FFFD (Parquet and JSON have them); texts that "
                f"had some: {self._texts_replaced:,}"
            )

    def _next_sheet(self) -> Any:
        self._sheets += 1
        self._row = 0
        sheet = self._workbook.add_worksheet("data" if self._sheets == 1 else f"data {self._sheets}")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._names):
            sheet.write_string(0, place, self._text(name), self._heading)
        self._write: dict[type, Callable[..., Any]] = {
            str: sheet.write_string,
            bool: sheet.write_boolean,
            datetime: sheet.write_datetime,
            int: sheet.write_number,
            float: sheet.write_number,
            # The library prints a number with `.16G`, which for a Decimal is its own digits: no float comes between.
            Decimal: sheet.write_number,
        }
        return sheet

    def _end_sheet(self) -> None:
        if self._names:
            self._sheet.autofilter(0, 0, self._row, len(self._names) - 1)
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(max(width + 2, _WIDTHS[0]), _WIDTHS[1]))

    def _styled(self, place: int, cells: Cells) -> list[tuple[Any, Any]]:
        """The values of a column as the library takes them, each with its number format."""
        units = cells.units or [Unit()] * len(cells.values)
        styled = [self._cell(value, unit) for value, unit in zip(cells.values, units, strict=True)]
        if self._count == 0:
            longest = max((len(value) for value, _ in styled if isinstance(value, str)), default=_WIDTHS[0])
            self._widths[place] = max(self._widths[place], longest, 0 if styled == [] else _WIDTHS[0])
        return styled

    def _cell(self, value: Any, unit: Unit) -> tuple[Any, Any]:
        if value is None or isinstance(value, bool):
            return value, None
        if isinstance(value, str):
            return self._month(value) if unit.unit == "month" else (self._text(value), None)
        if isinstance(value, datetime):
            return self._instant(value)
        if isinstance(value, date):
            return self._day(value, _DATE)
        if isinstance(value, float):
            return (value, self._number_format(unit)) if isfinite(value) else (str(value), None)
        return self._number(value, unit)

    def _number(self, value: Decimal | int, unit: Unit) -> tuple[Any, Any]:
        text = exact_text(Decimal(value))
        if len(text.strip("-").replace(".", "").strip("0")) > _DIGITS:
            self._numbers_as_text += 1
            return text, None
        return Decimal(text), self._number_format(unit)

    def _month(self, value: str) -> tuple[Any, Any]:
        try:
            return self._day(date.fromisoformat(f"{value}-01"), _NUMBER_FORMATS["month"])
        except ValueError:  # a quarter, where a column has both
            return self._text(value), None

    def _day(self, value: date, number_format: str) -> tuple[Any, Any]:
        if value < _FIRST_DAY:
            return value.isoformat(), None
        return (value - _DAY_ZERO).days, self._format(number_format)

    def _instant(self, value: datetime) -> tuple[Any, Any]:
        if value.date() < _FIRST_DAY:
            return value.isoformat(), None
        plain = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return plain, self._format(_TIME)

    def _number_format(self, unit: Unit) -> Any:
        if unit.unit == "money" and unit.currency:
            decimals = minor_units(unit.currency)
            return self._format("#,##0" + ("." + "0" * decimals if decimals else ""))
        number_format = _NUMBER_FORMATS.get(unit.unit)
        return None if number_format is None else self._format(number_format)

    def _format(self, number_format: str) -> Any:
        if number_format not in self._formats:
            self._formats[number_format] = self._workbook.add_format({"num_format": number_format})
        return self._formats[number_format]

    def _text(self, text: str) -> str:
        plain = without_controls(text)
        if plain != text:
            self._texts_replaced += 1
        # A character is one unit or two: few texts need counting.
        if 2 * len(plain) > _TEXT_MAX and len(plain.encode("utf-16-le")) > 2 * _TEXT_MAX:
            raise UsageError(
                "a text is too long for a cell of a workbook",
                code="text_too_long",
                expected=f"at most {_TEXT_MAX:,} characters",
                found=f"{len(plain):,} characters: {plain[:40]}...",
                remedy="write .csv or .parquet, which hold it",
            )
        return plain
