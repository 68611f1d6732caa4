"""Writing a chart that a command has drawn: as a drawing, or as a page with its figures below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from upswell.charts.extra import charts_extra
from upswell.errors import UsageError

if TYPE_CHECKING:
    import altair as alt


def write_chart(
    chart: alt.LayerChart,
    file: Path,
    *,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
) -> Path:
    """Write `chart` to `file`: a drawing (.svg), or a page with a table of `rows` and `notes` below it (.html)."""
    with charts_extra():
        from upswell.charts.render import svg  # noqa: PLC0415 -- Altair is an extra, and slow to load
    from upswell.interfaces.reports.chart_page import chart_page  # noqa: PLC0415
    from upswell.interfaces.reports.write import write_page  # noqa: PLC0415

    if file.suffix not in (".svg", ".html"):
        raise UsageError(
            f"{file} is neither a drawing nor a page",
            code="chart_format_unknown",
            where="--chart",
            expected="a file that ends in .svg or .html",
            found=file.suffix or "no ending",
            remedy=f"name it {name}.svg, or {name}.html for a page with the figures below",
        )
    drawing = svg(chart, name=name)
    if file.suffix == ".svg":
        return write_page(f"{drawing}\n", file)
    page = chart_page(drawing, title=str(chart.to_dict()["title"]), columns=columns, rows=rows, notes=notes)
    return write_page(page, file)
