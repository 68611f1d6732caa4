"""`upswell report --format html`: the month as a page, to stdout or to a file."""

from __future__ import annotations

import sys
from pathlib import Path

from upswell.charts.extra import charts_extra
from upswell.interfaces.cli.output import say
from upswell.metrics.trailing import MonthSheet


def show_page(sheet: MonthSheet, folder: Path, file: Path | None) -> None:
    """The month as a page: to `file`, or to stdout. The workspace's folder gives the company's name."""
    with charts_extra():
        from upswell.interfaces.reports.page import month_page  # noqa: PLC0415 -- Altair is an extra, and slow to load
    from upswell.interfaces.reports.write import write_page  # noqa: PLC0415

    html = month_page(sheet, company=folder.resolve().name)
    if file is None:
        sys.stdout.write(html)
    else:
        written = write_page(html, file)
        say(f"report written: {written} ({written.stat().st_size:,} bytes)")
