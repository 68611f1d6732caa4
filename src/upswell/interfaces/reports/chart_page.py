"""A chart as a page of its own: the drawing and the same figures as a table, in one file that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from upswell.charts.palette import custom_properties
from upswell.interfaces.cli.output import printable

_STYLE = """
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ font-family: sans-serif; margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem;
  color: var(--chart-ink); background: var(--chart-paper) }}
svg {{ width: 100%; height: auto }}
.scroll {{ overflow-x: auto }}
table {{ border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }}
th, td {{ padding: .25rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--chart-grid) }}
th:first-child, td:first-child {{ text-align: left }}
p {{ color: var(--chart-quiet) }}
"""


def chart_page(
    drawing: str, *, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> str:
    """The page as HTML. `drawing` is an SVG of `upswell.charts.render.svg`; everything else is escaped."""
    style = _STYLE.format(light=custom_properties(dark=False), dark=custom_properties(dark=True))
    head = "".join(f"<th>{_text(name)}</th>" for name in columns)
    body = "\n".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_text(title)}</title>
<style>{style}</style>
</head>
<body>
<h1>{_text(title)}</h1>
{drawing}
<div class="scroll"><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table></div>
{"".join(f"<p>{_text(note)}</p>" for note in notes)}
</body>
</html>
"""


def _text(value: str) -> str:
    return escape(printable(value))
