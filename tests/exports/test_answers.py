"""What is asked of a workspace, written by the command line and by Python: the same bytes, the question beside them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import upswell
from tests.exports.answers import sheet_pairs, sheet_rows, workbook_of
from tests.interfaces.command import done, upswell_command
from tests.interfaces.company import AS_OF, imported
from tests.interfaces.conftest import acme, built_once
from upswell.errors import UpswellError
from upswell.ledger import query
from upswell.metrics.catalogue import entries, entry
from upswell.policy import Policy

__all__ = ["acme", "built_once"]

ENDINGS = ("csv", "parquet", "xlsx")
# Each question as one types it, and as one calls it.
QUESTIONS: dict[str, tuple[list[str], Any]] = {
    "metrics": (
        [*("metrics", "expansion_mrr", "nrr_1m", "customers", "--by", "plan"), "--where", "country = 'AT'"],
        lambda workspace: workspace.metrics(
            ["expansion_mrr", "nrr_1m", "customers"], by=["plan"], where="country = 'AT'"
        ),
    ),
    "movements": (
        ["movements", "--kind", "expansion", "--from", "2025-04", "--to", "2025-05"],
        lambda workspace: workspace.movements(
            kind="expansion", date_from=date.fromisoformat("2025-04-01"), date_to=date.fromisoformat("2025-05-31")
        ),
    ),
    "report": (["report", "--month", "2025-04"], lambda workspace: workspace.report("2025-04")),
    "explain": (
        ["explain", "closing_mrr", "--month", "2025-04", "--where", "country <> 'XX'"],
        lambda workspace: workspace.explain("closing_mrr", month="2025-04", where="country <> 'XX'"),
    ),
    "cohorts": (
        ["cohorts", "expansion", "--by", "driver", "--ages", "3"],
        lambda workspace: workspace.cohorts("expansion", by="driver", ages=3),
    ),
    "retention": (
        ["retention", "--month", "2025-04", "--by", "plan"],
        lambda workspace: workspace.retention("2025-04", by="plan"),
    ),
    "wrong retention": (
        ["retention", "--month", "2025-04", "--wrong"],
        lambda workspace: workspace.retention_mistakes("2025-04"),
    ),
    "durability": (
        ["durability", "--by", "plan", "--driver", "seats"],
        lambda workspace: workspace.durability(by="plan", driver="seats"),
    ),
    "expansions at risk": (["durability", "--at-risk"], lambda workspace: workspace.expansions_at_risk()),
    "forecast": (["forecast", "--months", "2"], lambda workspace: workspace.forecast(months=2)),
    "pricing realised": (
        ["pricing", "realised", "--by", "country", "--month", "2025-04"],
        lambda workspace: workspace.pricing("realised", by="country", month="2025-04"),
    ),
    "pricing lists": (["pricing", "lists"], lambda workspace: workspace.pricing("lists")),
    "pricing attach": (["pricing", "attach", "--ages", "2"], lambda workspace: workspace.pricing("attach", ages=2)),
    "propensity": (["propensity"], lambda workspace: workspace.propensity()),
    "propensity, backtest": (["propensity", "--backtest"], lambda workspace: workspace.propensity_backtest()),
    "health": (["health", "--where", "country <> 'XX'"], lambda workspace: workspace.health(where="country <> 'XX'")),
    "signals": (
        ["signals", "mrr", "seats_used_share", "--day", "2025-04-10", "--where", "country <> 'US'"],
        lambda workspace: workspace.signals(
            ["mrr", "seats_used_share"], day=date.fromisoformat("2025-04-10"), where="country <> 'US'"
        ),
    ),
    "signals of a customer": (["signals", "--customer", "Acme"], lambda workspace: workspace.customer_signals("Acme")),
    "opportunities": (["opportunities"], lambda workspace: workspace.opportunities()),
    "revenue": (["revenue", "--month", "2025-04"], lambda workspace: workspace.revenue("2025-04")),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_command_line_and_python_write_the_same_bytes(
    built_once: Path, tmp_path: Path, question: str, ending: str
) -> None:
    arguments, asked = QUESTIONS[question]
    typed, called = tmp_path / f"typed.{ending}", tmp_path / f"called.{ending}"
    answer = done("-w", built_once, *arguments, "--output", typed)
    workspace = upswell.open(built_once)
    written = workspace.write(asked(workspace), to=called)
    assert typed.read_bytes() == called.read_bytes()
    assert answer.out == ""
    assert f"{written.rows} rows written: {typed} ({typed.stat().st_size:,} bytes)\n" in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"called.{ending}", f"typed.{ending}"]


def test_metrics_in_a_workbook_are_numbers_with_their_unit(built_once: Path, tmp_path: Path) -> None:
    """April 2025: Bolt, the only Austrian, moves from Team to Business, +150.00, and adds Reports, +50.00."""
    file = tmp_path / "m.xlsx"
    question = ["metrics", "expansion_mrr", "nrr_1m", "customers", "--where", "country = 'AT'", "--from", "2025-04"]
    done("-w", built_once, *question, "--to", "2025-04", "--output", file)
    sheet = workbook_of(file)["data"]
    heading = [cell.value for cell in sheet[1]]
    found = {
        row[heading.index("metric")].value: (
            row[heading.index("value")].value,
            row[heading.index("value")].number_format,
        )
        for row in sheet.iter_rows(min_row=2)
    }
    assert found == {"expansion_mrr": (200, "#,##0.00"), "nrr_1m": (2, "0.00%"), "customers": (1, "#,##0")}
    month = sheet.cell(2, heading.index("month") + 1)
    assert (f"{month.value:%Y-%m-%d}", month.number_format) == ("2025-04-01", "yyyy-mm")


def test_a_figure_that_is_not_known_is_an_empty_cell_beside_its_reason(built_once: Path, tmp_path: Path) -> None:
    done(
        "-w", built_once, "metrics", "nrr_12m", "--from", "2025-04", "--to", "2025-04", "--output", tmp_path / "m.xlsx"
    )
    heading, row = sheet_rows(tmp_path / "m.xlsx")
    assert row[heading.index("value")] is None
    assert row[heading.index("reason")] == "no customer paid at the close of 2024-04"


def test_about_says_what_was_asked_under_which_rules_and_of_which_book(acme: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.xlsx"
    question = ["metrics", "expansion_mrr", "arpa", "--by", "plan", "--by", "country", "--where", "plan <> 'x'"]
    done("-w", acme, *question, "--from", "2025-03", "--per-30-days", "--policy", "recurly", "--output", file)
    said = sheet_pairs(file)
    policy = upswell.open(acme).policy("recurly")
    assert {label.removeprefix("asked, "): text for label, text in said.items() if label.startswith("asked, ")} == {
        "metrics": "expansion_mrr, arpa",
        "by": "plan, country",
        "where": "plan <> 'x'",
        "month from": "2025-03",
        "per 30 days": "yes",
    }
    assert (said["policy"], said["policy hash"]) == ("recurly", policy.content_hash())
    rules = {label.removeprefix("policy rule "): text.split(":")[0] for label, text in said.items() if "rule " in label}
    assert rules == {name: str(value) for name, value in policy.differences().items()}
    assert said["policy rules"] == f"{len(rules)} unlike strict"
    book = upswell.open(acme).book()
    assert [said[label] for label in ("book", "as of", "time zone", "currency", "rows held back", "program")] == [
        *(book.book_id, "2025-06-01T00:00:00+00:00", "UTC", "USD", "0", f"Upswell {upswell.__version__}"),
    ]
    for name in ("expansion_mrr", "arpa"):
        assert said[f"formula of {name}"] == entry(name).formula
    assert said["rows"] == str(len(sheet_rows(file)) - 1)


def test_under_strict_about_says_that_every_switch_is(built_once: Path, tmp_path: Path) -> None:
    done("-w", built_once, "movements", "--output", tmp_path / "m.xlsx")
    said = sheet_pairs(tmp_path / "m.xlsx")
    assert (said["question"], said["policy rules"]) == ("movements", "every switch as in strict")
    assert [label for label in said if label.startswith(("asked", "policy rule "))] == []


def test_every_figure_of_the_report_is_a_row_of_its_file(built_once: Path, tmp_path: Path) -> None:
    done("-w", built_once, "report", "--month", "2025-04", "--output", tmp_path / "r.parquet")
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    report = done("-w", built_once, "report", "--month", "2025-04", "--format", "json").json()
    in_file = {
        section: [row["value"] for row in rows if row["section"] == section]
        for section in {row["section"] for row in rows}
    }
    printed = {name: lines for name, lines in report.items() if isinstance(lines, list)}
    quarters = [quarter for line in printed["banded"] for quarter in line["own_quarters"]]
    expected = {
        **{name: lines for name, lines in printed.items() if lines and name != "banded"},
        "bands": printed["banded"],
        "own_quarters": quarters,
    }
    assert {name: [value_of(line) for line in lines] for name, lines in expected.items()} == in_file
    [bolt] = [row for row in rows if row["section"] == "largest_expansions" and row["driver"] == "plan"]
    assert (bolt["customer_name"], bolt["from_plan_id"], bolt["plan_id"], bolt["value"]) == (
        *("Bolt AG", "Team", "Business", Decimal(150)),
    )


def value_of(line: dict[str, Any]) -> Decimal | None:
    value = line["amount"] if "amount" in line else line["value"]
    return None if value is None else Decimal(value)


def test_a_report_of_a_former_book_is_not_written_as_the_new_ones(acme: Path, tmp_path: Path) -> None:
    workspace = upswell.open(acme)
    report = workspace.report("2025-04")
    done("-w", acme, "build", "--as-of", "2025-07-01")
    with pytest.raises(upswell.UpswellError) as refused:
        workspace.write(report, to=tmp_path / "r.csv")
    assert refused.value.code == "book_replaced"


def test_a_stream_has_the_rows_of_the_table_in_their_order(built_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = upswell.open(built_once)
    wanted: dict[str, Any]
    for wanted in ({}, {"kind": "expansion"}, {"customer": "Dune", "date_from": date.fromisoformat("2025-02-01")}):
        table = workspace.movements(**wanted)
        for rows_sorted in (1, 3, 100):
            monkeypatch.setattr(query, "_ROWS_SORTED", rows_sorted)
            assert workspace.movement_batches(**wanted).read_all().equals(table, check_metadata=True)
    assert workspace.movement_batches(customer="Nobody").read_all().num_rows == 0


def test_spans_of_days_hold_as_many_rows_as_are_sorted_at_once(
    built_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve movements on ten days; no span of more than one day has more than three."""
    monkeypatch.setattr(query, "_ROWS_SORTED", 3)
    batches = list(upswell.open(built_once).movement_batches())
    days = [set(batch.column("date").to_pylist()) for batch in batches]
    assert sum(batch.num_rows for batch in batches) == 12
    assert len(batches) >= 4
    assert all(batch.num_rows <= 3 or len(on) == 1 for batch, on in zip(batches, days, strict=True))
    assert len(set.union(*days)) == sum(map(len, days)) == 10


HOSTILE = ['=HYPERLINK("http://x","y")', "+1", "@SUM(1)", "-w", "Acme"]


def hostile(folder: Path) -> Path:
    rows = "".join('"' + name.replace('"', '""') + '",Team,2025-01-10,20.00\n' for name in HOSTILE)
    (folder / "items.csv").write_text(f"customer_id,plan_id,starts_at,unit_amount\n{rows}", encoding="utf-8")
    done("init", folder / "w")
    done("-w", folder / "w", "import", folder / "items.csv", "--as", "items")
    done("-w", folder / "w", "build", "--as-of", "2025-03-01")
    return folder / "w"


def test_hostile_names_are_texts_wherever_a_spreadsheet_reads_them(tmp_path: Path) -> None:
    workspace = hostile(tmp_path)
    quoted = sorted("'" + name if name != "Acme" else name for name in HOSTILE)
    assert sorted(row["customer_id"] for row in done("-w", workspace, "movements", "--format", "csv").csv()) == quoted
    printed = done("-w", workspace, "movements", "--format", "json").json()
    assert sorted(row["customer_id"] for row in printed) == sorted(HOSTILE)
    for ending in ENDINGS:
        done("-w", workspace, "movements", "--output", tmp_path / f"m.{ending}")
    assert sorted(
        line.split(",")[2] for line in (tmp_path / "m.csv").read_text("utf-8").splitlines() if "+1" in line
    ) == ["'+1"]
    assert sorted(pq.read_table(tmp_path / "m.parquet")["customer_id"].to_pylist()) == sorted(HOSTILE)
    names = [row[2] for row in workbook_of(tmp_path / "m.xlsx")["data"].iter_rows(min_row=2)]
    assert sorted(cell.value for cell in names) == sorted(HOSTILE)
    assert "f" not in {cell.data_type for cell in names}


def test_losses_stay_numbers_in_csv(built_once: Path, tmp_path: Path) -> None:
    done("-w", built_once, "movements", "--kind", "churn", "--output", tmp_path / "m.csv")
    assert ",-60.000000,USD," in (tmp_path / "m.csv").read_text("utf-8")
    [row] = done("-w", built_once, "movements", "--kind", "churn", "--format", "csv").csv()
    assert row["amount"] == "-60.000000"
    month = ["--from", "2025-03", "--to", "2025-03"]
    [row] = done("-w", built_once, "metrics", "churned_mrr", *month, "--format", "csv").csv()
    assert row["value"] == "-60.000000"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["movements", "--output", "m.pdf"], 2, "a name that ends with .csv, .parquet, .xlsx"),
        (["metrics", "arr", "--output", "m"], 2, "no ending"),
        (["report", "--output", "r.txt"], 2, "ends with no format"),
        (["report", "--output", "r.html"], 2, "add --format html"),
        (["report", "--format", "html", "--output", "r.xlsx"], 2, "r.xlsx is no name for one"),
        (["movements", "--output", "no/m.csv"], 4, "a folder is missing"),
        (["metrics", "arr", "--by", "plann", "--output", "m.csv"], 2, "plann"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    built_once: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    answer = upswell_command("-w", built_once, *arguments, cwd=tmp_path)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []


def test_rows_held_back_are_said_beside_the_file(tmp_path: Path) -> None:
    workspace = imported(tmp_path / "w")
    (tmp_path / "more.csv").write_text(
        'customer_id,plan_id,starts_at,unit_amount\nEcho,Team,2025-01-10,"20,00"\n', encoding="utf-8"
    )
    assert upswell_command("-w", workspace, "import", tmp_path / "more.csv", "--as", "items").code == 3
    done("-w", workspace, "build", "--as-of", AS_OF)
    answer = done("-w", workspace, "metrics", "arr", "--output", tmp_path / "m.xlsx")
    assert "1 row is held back" in answer.err
    assert sheet_pairs(tmp_path / "m.xlsx")["rows held back"] == "1"


# -- the whole book ------------------------------------------------------------------------------


def opened_with_duckdb(folder: Path) -> duckdb.DuckDBPyConnection:
    """The files of an exported book as views of their names, by nothing but DuckDB."""
    connection = duckdb.connect()
    for file in sorted(folder.glob("*.parquet")):
        connection.execute(f"create view {file.stem} as select * from read_parquet('{file}')")
    return connection


def test_movements_of_an_exported_book_add_up_to_the_reports_closing_mrr(built_once: Path, tmp_path: Path) -> None:
    done("-w", built_once, "export", tmp_path / "book")
    total = "select sum(amount * rate) from movements where not scheduled and date <= ?"
    with opened_with_duckdb(tmp_path / "book") as connection:
        for month, last in (("2025-03", "2025-03-31"), ("2025-04", "2025-04-30"), ("2025-05", "2025-05-31")):
            report = upswell.open(built_once).report(month)
            [closing] = [line.value for line in report.roll_forward if line.metric == "closing_mrr"]
            assert connection.execute(total, [last]).fetchone() == (closing,)
        # By hand: Acme 160, Bolt 350 + 50, Cedar 80, Dune 78.
        assert connection.execute(total, ["2025-05-31"]).fetchone() == (Decimal(718),)


def test_the_formulas_of_the_catalogue_run_over_an_exported_book(built_once: Path, tmp_path: Path) -> None:
    workspace = upswell.open(built_once)
    workspace.export(tmp_path / "book")
    names = [metric.name for metric in entries()]
    expected = workspace.metrics(names, month_from="2025-05", month_to="2025-05").to_pylist()
    with opened_with_duckdb(tmp_path / "book") as connection:
        for row in expected:
            formula = entry(row["metric"]).sql
            given = {"month": date.fromisoformat("2025-05-01"), "timezone": "UTC"}
            used = {name: value for name, value in given.items() if f"${name}" in formula}
            [value] = connection.execute(formula, used).fetchone() or (None,)
            assert same(value, row["value"]), row["metric"]


def same(found: Any, expected: Decimal | None) -> bool:
    if found is None or expected is None:
        return found is expected
    # SQL divides in binary; a rate has 12 decimals.
    return abs(Decimal(repr(found) if isinstance(found, float) else found) - expected) < Decimal("1e-9")


def test_about_json_names_book_policy_and_each_file(acme: Path, tmp_path: Path) -> None:
    done("-w", acme, "export", tmp_path / "book", "--policy", "recurly")
    said = json.loads((tmp_path / "book" / "about.json").read_text("utf-8"))
    policy = upswell.open(acme).policy("recurly")
    assert said["policy"] == {"name": "recurly", "hash": policy.content_hash(), "switches": policy.switches()}
    assert (said["currency"], said["timezone"], said["as_of"]) == ("USD", "UTC", "2025-06-01T00:00:00+00:00")
    assert said["book_id"] == upswell.open(acme).book().book_id
    assert sorted(said["files"]) == sorted(path.name for path in (tmp_path / "book").glob("*.parquet"))
    for name, file in said["files"].items():
        read = pq.read_table(tmp_path / "book" / name)
        assert (file["rows"], list(file["columns"])) == (read.num_rows, read.schema.names)
        assert file["meaning"]
        assert read.schema.metadata[b"upswell.policy"] == b"recurly"
    assert Policy(name="strict").switches() != policy.switches()


def test_every_file_of_a_book_is_in_its_export(built_once: Path, tmp_path: Path) -> None:
    workspace = upswell.open(built_once)
    exported = workspace.export(tmp_path / "book")
    assert {Path(name).name for name in workspace.book().files} <= set(exported.rows)
    assert (exported.policy, exported.rows["movements.parquet"], exported.rows["customers.parquet"]) == (
        "strict",
        12,
        3,
    )


def test_the_command_line_and_python_export_the_same_bytes(built_once: Path, tmp_path: Path) -> None:
    (tmp_path / "typed").mkdir()
    answer = done("-w", built_once, "export", "typed", cwd=tmp_path)
    upswell.open(built_once).export(tmp_path / "called")
    files = sorted(path.name for path in (tmp_path / "typed").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "called").iterdir())
    for name in files:
        assert (tmp_path / "typed" / name).read_bytes() == (tmp_path / "called" / name).read_bytes(), name
    assert ["movements.parquet", "12"] in answer.lines()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["called", "typed"]
    listed = done("-w", built_once, "export", "third", "--format", "json", cwd=tmp_path).json()
    assert (listed["policy"], listed["files"]["movements.parquet"]) == ("strict", 12)


@pytest.mark.parametrize("taken", ["file", "folder"])
def test_an_export_overwrites_nothing(built_once: Path, tmp_path: Path, taken: str) -> None:
    target = tmp_path / "book"
    if taken == "folder":
        target.mkdir()
    kept = target / "mine.txt" if taken == "folder" else target
    kept.write_text("mine", encoding="utf-8")
    answer = upswell_command("-w", built_once, "export", target)
    assert (answer.code, answer.out) == (4, "")
    assert "is in use" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["book"]
    assert kept.read_text("utf-8") == "mine"


def test_an_export_of_a_damaged_book_leaves_nothing(acme: Path, tmp_path: Path) -> None:
    book = acme / "books" / upswell.open(acme).book().book_id
    (book / "strict" / "movements.parquet").write_bytes(b"")
    out = tmp_path / "out"
    out.mkdir()
    answer = upswell_command("-w", acme, "export", out / "book")
    assert (answer.code, list(out.iterdir())) == (4, [])
    assert "damaged" in answer.err


@pytest.mark.parametrize(
    "ask",
    [
        lambda workspace: workspace.durability(),
        lambda workspace: workspace.expansions_at_risk(),
        lambda workspace: workspace.forecast(months=1),
    ],
    ids=["durability", "at risk", "forecast"],
)
def test_an_answer_of_a_former_book_is_not_written_as_one_of_the_current(acme: Path, tmp_path: Path, ask: Any) -> None:
    workspace = upswell.open(acme)
    answer = ask(workspace)
    workspace.build(as_of=workspace.book().as_of)
    with pytest.raises(UpswellError) as refused:
        workspace.write(answer, to=tmp_path / "answer.csv")
    assert refused.value.code == "book_replaced"
    assert list(tmp_path.glob("answer*")) == []
