"""`report --format html`: one page with every figure of the report, which loads and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.command import done, upswell_command
from tests.interfaces.company import AS_OF
from tests.interfaces.page import Element, parsed
from upswell.interfaces.reports.page import trailing_figures
from upswell.metrics.catalogue import Unit, entry
from upswell.metrics.labels import METRIC_LABELS, figure_text, percent_text
from upswell.money.amount import display_text
from upswell.workspace import open_workspace

HOSTILE = "<script>alert(\"x\")</script> & 'Söhne' </td></table>"


def page(workspace: Path, *options: str) -> Element:
    return parsed(done("-w", workspace, "report", "--format", "html", *options).out)


def tables(document: Element) -> dict[str, list[list[str]]]:
    """The page's own tables by their heading; those of the charts are in their figures."""
    found = {caption.text: table.rows for table in document.all("table") for caption in table.all("caption")}
    heading = ""
    for element in document.all("h3", "table"):
        if element.tag == "h3":
            heading = element.text
        elif "moves" in element.attributes.get("class", ""):
            found[heading] = element.rows
    return found


@pytest.mark.parametrize("month", ["2025-03", "2025-04", "2025-05", "2025-06"])
def test_every_figure_of_the_json_is_on_the_page(built_once: Path, month: str) -> None:
    report = done("-w", built_once, "report", "--month", month, "--format", "json").json()
    document = page(built_once, "--month", month)
    read = document.text
    for line in [*report["roll_forward"], *report["expansion"], *report["expansion_by_driver"]]:
        assert money(line["value"]) in read, line
    for block in ("largest_expansions", "largest_losses", "largest_new"):
        for line in report[block]:
            assert money(line["amount"]) in read, line
            assert (line["customer_name"] or line["customer_id"]) in read, line
            assert all(line[key] is None or line[key] in read for key in ("plan_id", "from_plan_id")), line
    for line in report["retention"]:
        assert (line["reason"] if line["value"] is None else percent_text(Decimal(line["value"]))) in read, line
    for line in report["customers"]:
        assert f"{Decimal(line['value']):,.0f}" in read, line
    for line in [*report["roll_forward"], *report["retention"], *report["customers"]]:
        assert METRIC_LABELS[line["metric"]] in read
    for fact in ("month", "book_id", "policy", "workspace_currency"):
        assert report[fact] in read


def money(text: str) -> str:
    return display_text(Decimal(text), currency="USD")


def test_the_roll_forward_can_be_followed_from_opening_to_closing(built_once: Path) -> None:
    rows = tables(page(built_once, "--month", "2025-05"))["Roll-forward of MRR, 2025-05, USD"]
    assert rows == [
        ["Line", "Change", "MRR after it"],
        ["Opening MRR", "", "620.00"],
        ["New", "0.00", "620.00"],
        ["Expansion", "20.00", "640.00"],
        ["Contraction", "0.00", "640.00"],
        ["Churned", "0.00", "640.00"],
        ["Reactivation", "78.00", "718.00"],
        ["Exchange rates", "0.00", "718.00"],
        ["Closing MRR", "", "718.00"],
    ]


def test_drivers_have_their_share_of_gross_expansion(built_once: Path) -> None:
    rows = tables(page(built_once, "--month", "2025-04"))["Expansion MRR by driver, 2025-04, USD"]
    assert rows[1:3] == [["Plan", "150.00", "75.0 %"], ["Add-on", "50.00", "25.0 %"]]
    assert rows[-2:] == [["Gross", "200.00", ""], ["Net of contraction", "200.00", ""]]


def test_movements_have_customer_cause_plans_and_amount(built_once: Path) -> None:
    april = tables(page(built_once, "--month", "2025-04"))["Expansions"]
    assert april[1:] == [
        ["Bolt AG Bolt", "Expansion, Plan", "Team → Business", "150.00"],
        ["Bolt AG Bolt", "Expansion, Add-on", "Reports", "50.00"],
    ]
    march = page(built_once, "--month", "2025-03")
    assert tables(march)["Contractions and churn"][1:] == [["Dune", "Churned", "Team", "-60.00"]]
    assert "No customer came or came back in this month." in march.text


def test_each_figure_says_how_it_is_calculated(built_once: Path) -> None:
    document = page(built_once)
    formulas = {next(each.all("summary")).text: each.text for each in document.all("details")}
    for name in ("opening_mrr", "churned_mrr", "nrr_12m", "expansion_customers"):
        assert entry(name).formula in formulas[METRIC_LABELS[name]]
        assert name in formulas[METRIC_LABELS[name]]
    assert entry("expansion_mrr").caveat in formulas["Gross"]


def test_bands_stand_under_the_figures_they_belong_to(built_once: Path) -> None:
    document = page(built_once)
    bands = [row.text for row in document.all("tr") if row.attributes.get("class") == "bands"]
    assert bands[0].startswith("above 100 % healthy, from 110 % good, from 120 % elite")
    assert any("from 4 efficient growth" in each for each in bands)
    assert all("Where do these bands come from?" in each for each in bands)


@pytest.mark.parametrize("month", ["2025-03", "2025-05"])
def test_own_quarters_stand_beside_the_bands(built_once: Path, month: str) -> None:
    banded = done("-w", built_once, "report", "--month", month, "--format", "json").json()["banded"]
    [headings, *rows] = tables(page(built_once, "--month", month))[f"Bands and own quarters, {month}"]
    assert headings == ["Figure", month, *(each["quarter"] for each in banded[0]["own_quarters"])]
    on_screen = done("-w", built_once, "report", "--month", month).out
    figures = rows[::2]
    assert [row[0] for row in figures] == [METRIC_LABELS[line["metric"]] for line in banded]
    for line, row in zip(banded, figures, strict=True):
        shown = [shown_figure(each, line["unit"]) for each in (line, *line["own_quarters"])]
        assert [cell.removesuffix(f" {line['reason']}") for cell in row[1:]] == shown
        quarters = zip((each["quarter"] for each in line["own_quarters"]), shown[1:], strict=True)
        assert ", ".join(f"{quarter} {text}" for quarter, text in quarters) in on_screen


def shown_figure(line: dict[str, Any], unit: Unit) -> str:
    return "n/a" if line["value"] is None else figure_text(Decimal(line["value"]), unit)


def test_what_is_not_known_says_why_and_is_never_0(built_once: Path) -> None:
    document = page(built_once)
    reason = "no customer paid at the close of 2024-05"
    rows = {row[0]: row[1:] for row in tables(document)["Retention and customers, 2025-05"]}
    assert rows["NRR, 12 months"] == [f"n/a {reason}"]
    assert rows["GRR, 12 months"] == [f"n/a {reason}"]
    retention = document.by_id("retention")
    assert list(retention.all("svg")) == []
    assert f"There is no figure for any of these months: {reason}." in retention.text
    assert {cell.text for cell in retention.all("td")} == {"n/a"}
    assert f"n/a: {reason.replace('05', '01')}; " in next(retention.all("details")).text
    assert reason in {cell.attributes["title"] for cell in retention.all("td")}


def test_a_chart_has_a_caption_a_name_and_the_same_figures_as_a_table(built_once: Path) -> None:
    document = page(built_once)
    for name in ("movements", "drivers"):
        figure = document.by_id(name)
        [drawing] = figure.all("svg")
        assert "2025-01 to 2025-05" in drawing.attributes["aria-label"]
        assert next(figure.all("figcaption")).text
        bars = {each.attributes["aria-label"] for each in drawing.all("path") if "aria-label" in each.attributes}
        [table] = figure.all("table")
        assert [row[0] for row in table.rows[1:]] == [f"2025-0{number}" for number in range(1, 6)]
        columns = table.rows[0][1:]
        for month, *cells in table.rows[1:]:
            for column, cell in zip(columns, cells, strict=True):
                assert (f"{month}, {column}: {cell} USD" in bars) == (cell != "0.00" or column == "Net change")


def test_a_month_still_running_is_marked_everywhere(built_once: Path) -> None:
    document = page(built_once, "--month", "2025-06")
    assert "2025-06, still running" in document.text
    assert "This month is still running" in document.text
    assert next(document.all("title")).text == "Expansion MRR, 2025-06 (still running), acme"
    movements = document.by_id("movements")
    assert [each.text for each in movements.all("text")].count("Jun running") == 1
    assert next(movements.all("table")).rows[-1][0] == "2025-06 (running)"
    complete = page(built_once, "--month", "2025-05")
    assert "2025-05, complete" in complete.text
    assert "This month is still running" not in complete.text
    assert "running" not in complete.by_id("movements").text


def test_rows_held_back_are_counted_and_warned_of(acme: Path) -> None:
    assert "Rows held back 0" in page(acme).text
    items = acme.parent / "more.csv"
    items.write_text('customer_id,plan_id,starts_at,unit_amount\nErik,Team,2025-05-01,"19,50"\n', encoding="utf-8")
    assert upswell_command("-w", acme, "import", items, "--as", "items").code == 3
    done("-w", acme, "build", "--as-of", AS_OF)
    read = page(acme).text
    assert "Rows held back 1" in read
    assert "1 row is held back and missing from these figures" in read
    assert done("-w", acme, "report", "--format", "json").json()["held_back"] == 1


def test_names_are_text_whatever_they_hold(tmp_path: Path) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    (tmp_path / "items.csv").write_text(
        "customer_id,plan_id,starts_at,ends_at,quantity,unit_amount\n"
        f"A1,{quoted(HOSTILE)},2025-01-10,2025-02-10,1,20\nA1,{quoted(HOSTILE)},2025-02-10,,5,20\n"
        f"A1,{quoted(HOSTILE)},2025-01-10,,1,20\n{quoted(HOSTILE)},Team,2025-02-10,,1,20\n",
        encoding="utf-8",
    )
    (tmp_path / "customers.csv").write_text(f"customer_id,name\nA1,{quoted(HOSTILE)}\n", encoding="utf-8")
    workspace = tmp_path / 'it\'s <b>"here"<'
    done("init", workspace)
    assert upswell_command("-w", workspace, "import", tmp_path / "items.csv", "--as", "items").code == 3
    done("-w", workspace, "import", tmp_path / "customers.csv", "--as", "customers")
    done("-w", workspace, "build", "--as-of", "2025-03-01")
    html = done("-w", workspace, "report", "--format", "html").out
    document = parsed(html)
    assert list(document.all("script", "b")) == []
    assert "<script" not in html
    [largest] = tables(document)["Expansions"][1:]
    assert largest == [f"{HOSTILE} A1", "Expansion, Seats", HOSTILE, "80.00"]
    assert [row[0] for row in tables(document)["New and returned customers"][1:]] == [HOSTILE]
    assert next(document.all("title")).text == f"Expansion MRR, 2025-02, {workspace.name}"


def test_nothing_is_loaded_and_nothing_runs(built_once: Path) -> None:
    html = done("-w", built_once, "report", "--format", "html").out
    document = parsed(html)
    assert list(document.all("script", "link", "img", "iframe", "object", "embed", "base", "form")) == []
    for element in document.all():
        for name, value in element.attributes.items():
            assert not name.startswith("on"), element
            assert name != "style", element
            assert name not in {"src", "href", "action", "data"}, element
            assert name == "xmlns" or not re.search(r"https?:|//|url\((?!#)|javascript:", value), element
    [style] = document.all("style")
    assert not re.search(r"url\(|@import|https?:", "".join(map(str, style.inside)))
    assert re.findall(r"https?://[^\s\"'<]+", html) == ["http://www.w3.org/2000/svg"] * len(list(document.all("svg")))


def test_a_policy_in_the_head_forbids_all_but_the_pages_own_style(built_once: Path) -> None:
    html = done("-w", built_once, "report", "--format", "html").out
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [
        meta.attributes["content"]
        for meta in parsed(html).all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_ids_are_unique_and_labels_lead_to_one(built_once: Path) -> None:
    elements = list(page(built_once).all())
    ids = [each.attributes["id"] for each in elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes["aria-labelledby"] for each in elements if "aria-labelledby" in each.attributes} <= set(ids)


def test_light_dark_and_paper_are_styled() -> None:
    css = (Path(__file__).parents[2] / "src/upswell/interfaces/reports/page.css").read_text("utf-8")
    assert "color-scheme: light dark" in css
    assert "@media (prefers-color-scheme: dark)" in css
    assert "@media print" in css
    assert "tabular-nums" in css
    used = set(re.findall(r"var\((--(?!chart)[a-z-]+)\)", css))
    assert used <= set(re.findall(r"^\s+(--[a-z-]+):", css, flags=re.MULTILINE))


def test_the_same_book_gives_the_same_bytes(built_once: Path) -> None:
    first = done("-w", built_once, "report", "--format", "html").out
    assert done("-w", built_once, "report", "--format", "html").out == first


def test_a_page_is_written_to_a_file_over_a_former_one(built_once: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("a former page", encoding="utf-8")
    answer = done("-w", built_once, "report", "--format", "html", "--output", file)
    assert answer.out == ""
    assert answer.err == f"report written: {file} ({file.stat().st_size:,} bytes)\n"
    assert file.read_text("utf-8") == done("-w", built_once, "report", "--format", "html").out
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--output", "r.html"], 2, "--output is for pages"),
        (["--format", "json", "--output", "r.html"], 2, "add --format html"),
        (["--format", "html", "--output", "."], 2, "is not a file"),
        (["--format", "html", "--output", "no/such/folder/r.html"], 4, "a folder is missing"),
        (["--format", "html", "--month", "soon"], 2, "'soon' is not a month"),
        (["--format", "pdf"], 2, "pdf"),
    ],
)
def test_what_cannot_be_written_is_refused(
    built_once: Path, tmp_path: Path, options: list[str], code: int, said: str
) -> None:
    answer = upswell_command("-w", built_once, "report", *options, cwd=tmp_path)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["altair", "vl_convert", "jinja2"])
def test_without_the_extra_the_remedy_is_named(built_once: Path, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name
        for name in sys.modules
        if name.startswith(("upswell.charts", "upswell.interfaces.reports", "upswell.interfaces.markup"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    answer = upswell_command("-w", built_once, "report", "--format", "html")
    assert (answer.code, answer.out) == (2, "")
    assert f"no {library}" in answer.err
    assert 'pip install "upswell[charts]"' in answer.err
    assert done("-w", built_once, "report").out


def test_a_page_of_another_policy_names_it(acme: Path) -> None:
    document = page(acme, "--policy", "recurly")
    assert "Policy recurly" in document.text


def test_a_month_without_anything_has_a_page_too(built_once: Path) -> None:
    document = page(built_once, "--month", "2024-01")
    assert "No expansion in this month." in document.text
    assert "There was no expansion in these months." in document.by_id("drivers").text


def test_drivers_that_sum_to_zero_in_every_month_are_said_and_not_drawn(built_once: Path) -> None:
    trailing = open_workspace(built_once).trailing("2025-06")
    nothing = tuple(replace(figure, value=Decimal(0), reason=None) for figure in trailing.drivers)
    assert nothing
    (figure,) = trailing_figures(replace(trailing, drivers=nothing), names=("drivers",))
    assert (figure.drawing, figure.why_empty) == (None, "There was no expansion in these months.")
