"""Forgetting a customer: no byte of the name stays, and no figure changes.

Acme Ltd is in every table, under a former name, in rows held back, in an import that was undone, in notes, segments,
corrections and closed books. Acme Ltd & Co is somebody else; so is the customer whose id is 7.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import upswell
from tests.sources.stripe.desk import desk_for
from tests.stripe_account.account import Account
from tests.stripe_account.moments import at
from upswell.errors import CheckFailedError, UpswellError, UsageError, WorkspaceError
from upswell.metrics.catalogue import entries
from upswell.state import Listing, OfferDraft, RecordedSuppression
from upswell.workspace import Workspace, forgetting

AS_OF = datetime(2026, 6, 2, tzinfo=UTC)
ITEMS = """customer_id,subscription_id,plan_id,quantity,unit_amount,starts_at,ends_at,evidence
acme,,team,10,20.00,2026-01-05,2026-03-10,a line of Acme Ltd's invoice
acme,,team,12,20.00,2026-03-10,,
acme,,pro,1,90.00,2026-04-01,,
bolt,,team,3,20.00,2026-01-10,,
7,,team,7,20.00,2026-02-01,,
core,,team,1,x,2026-02-01,,
acme,,extra,2,20.00 for Acme Ltd,2026-02-01,,
"""
CUSTOMERS = """customer_id,name,parent_id,owner,country,segment,email,valid_from
acme,Acme Ltd,,Lena,DE,smb,ann@acme.example,
acme,Acme Limited,,Lena,DE,midmarket,ann@acme.example,2026-04-01
bolt,Acme Ltd & Co,acme,Lena,DE,smb,bob@bolt.example,
7,Seven,,Kim,US,midmarket,info@seven.example,
acme,Acme Ltd,,Lena,DE,smb,ann@acme.example,2026-99-99
"""
LINES = """invoice_id,line_id,customer_id,amount,issued_at
1,1,acme,200.00,2026-01-05
2,1,bolt,60.00,2026-01-10
3,1,acme,12 for Acme Ltd,2026-02-05
"""
PAYMENTS = (
    "customer_id,invoice_id,at,amount,reason\nacme,1,2026-01-06,200.00,paid by Acme Ltd\nbolt,2,2026-01-11,60.00,\n"
)
GONE = ("Acme Ltd", "Acme Limited", "ann@acme.example")


@pytest.fixture
def company(tmp_path: Path) -> Workspace:
    workspace = upswell.init(tmp_path / "company")
    undone = give(
        workspace, "acme ltd old.csv", ITEMS.splitlines()[0] + "\nacme,,old,1,5.00,2025-01-01,,Acme Ltd\n", "items"
    )
    workspace.undo(undone)
    give(workspace, "Acme Ltd.csv", ITEMS, "items")
    for name, text, table in (
        ("customers.csv", CUSTOMERS, "customers"),
        ("lines.csv", LINES, "invoice_lines"),
        ("payments.csv", PAYMENTS, "payments"),
        ("usage.csv", "customer_id,metric,day,quantity\nacme,calls,2026-02-01,5\nbolt,calls,2026-02-01,7\n", "usage"),
    ):
        give(workspace, name, text, table)
    workspace.build(as_of=AS_OF, policies=["chartmogul", "strict+family"])
    workspace.add_note("acme", text="Acme Ltd wrote; Acme Ltd & Co did not", author="kim")
    workspace.add_note("7", text="7 seats, 7 days", author="kim")
    workspace.save_segment("ours", expression="customer <> 'acme' and owner = 'Lena'", author="kim")
    touch = workspace.add_touch("acme", offer="seats", channel="Acme Ltd's desk", author="kim")
    workspace.add_outcome(touch.id, outcome="declined", reason="Acme Ltd has no budget", author="kim")
    workspace.add_quiet("acme", reason="Acme Ltd asked", author="kim")
    workspace.save_offer(
        OfferDraft(name="ours", title="As Acme Ltd has it", text="", what="other", eligibility="name = 'Acme Ltd'")
    )
    workspace.growth_state.hand_over("acme", offer="Acme Ltd's step", owner="Lena", author="kim", at=AS_OF)
    workspace.growth_state.record_listings([Listing("acme", "acme", "seats", AS_OF.date(), "offered")])
    workspace.growth_state.record_suppressions(
        [RecordedSuppression("acme", AS_OF.date(), "leave_alone", "Acme Ltd asked")]
    )
    workspace.correct(
        "redate", payload={"customer": "acme", "at": "2026-03-10", "to": "2026-03-08"}, reason="Acme Ltd said so"
    )
    workspace.build(as_of=AS_OF, policies=["chartmogul", "strict+family"])
    workspace.close("2026-04", author="kim")
    return workspace


def give(workspace: Workspace, name: str, text: str, table: str) -> str:
    file = workspace.folder.parent / name
    file.write_text(text, "utf-8")
    return workspace.import_file(file, table=table).import_ids[0]


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every text of a workspace: the bytes of its files, and what stands in those that are packed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes().decode("latin-1")
            yield from ((path, repr(row)) for row in rows_in(path))


def rows_in(path: Path) -> Iterator[Any]:
    """The rows of a file of ours that packs them."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield from connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                yield from connection.execute(f'select * from "{table}"').fetchall()
    elif path.suffix == ".db":
        with sqlite3.connect(path) as state:
            for (table,) in state.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield from state.execute(f'select * from "{table}"').fetchall()


def holding(folder: Path, *names: str) -> list[str]:
    """The files that still hold one of `names`; of another customer's name nothing counts."""
    found = ((path, text.replace("Acme Ltd & Co", "")) for path, text in texts(folder))
    return sorted({str(path.relative_to(folder)) for path, text in found if any(name in text for name in names)})


def every_figure(workspace: Workspace) -> list[Any]:
    """Every metric of every month under each policy, some of them by plan, segment and country, and every movement."""
    found: list[Any] = []
    for policy in ("strict", "chartmogul", "strict+family"):
        for metric in entries():
            found.append((policy, metric.name, workspace.metrics(metric.name, policy=policy).to_pylist()))
        for by in ("plan", "segment", "country", "owner"):
            found.append((policy, by, workspace.metrics("closing_mrr", by=by, policy=policy).to_pylist()))
        rows = workspace.movements(policy=policy).to_pylist()
        found.append(
            sorted((f"{row['date']}", row["kind"], row["driver"] or "", row["plan_id"], row["amount"]) for row in rows)
        )
    return found


def test_no_byte_of_the_name_stays_and_every_figure_is_the_same(company: Workspace) -> None:
    before, reported = every_figure(company), company.as_of("2026-04").metrics("closing_mrr").to_pylist()
    assert len(holding(company.folder, *GONE)) > 6

    done = company.forget("acme", author="lou")

    assert holding(company.folder, *GONE) == []
    assert not [
        path for path, text in texts(company.folder) if "'acme'" in text or "acme-team" in text or '"acme"' in text
    ]
    again = upswell.open(company.folder)
    assert every_figure(again) == before
    assert again.as_of("2026-04").metrics("closing_mrr").to_pylist() == reported
    assert holding(company.folder, *GONE) == []
    assert {row["customer_id"] for row in again.movements().to_pylist()} == {done.token, "bolt", "7"}
    assert [each.customer_id for each in again.touches()] == [done.token]
    assert [each.customer_id for each in again.quiet()] == [done.token]
    assert [each.reasons[0].guardrail for each in again.suppressions(done.token)] == ["leave_alone"]
    again.build(as_of=AS_OF, policies=["chartmogul", "strict+family"])
    assert every_figure(again) == before


def test_who_answered_for_the_customer_is_replaced_too(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "asked")
    give(workspace, "items.csv", ITEMS, "items")
    give(workspace, "customers.csv", CUSTOMERS, "customers")
    answers = (
        "acme-u1,acme,2026-02-01,10,yes",
        "ann@acme.example,acme,2026-02-01,10,no",
        "acme-u1,bolt,2026-02-01,10,yes",
    )
    heading = "respondent,customer_id,at,price,would_buy"
    give(workspace, "answers.csv", "\n".join([heading, *answers, ""]), "price_answers")
    workspace.build(as_of=AS_OF)
    token = workspace.forget("acme", author="lou").token
    book = workspace.folder / "books" / workspace.book().book_id / "price_answers.parquet"
    query = f"select respondent, customer_id from read_parquet('{book}')"
    told = dict(duckdb.connect().execute(query).fetchall())
    assert told["acme-u1"] == "bolt", "what another customer calls its people is its own"
    assert told[f"{token}-u1"] == token
    assert len(told) == 3, "two who answered stay two"
    assert "ann@acme.example" not in told


def test_a_user_who_is_called_like_the_customer_stays(company: Workspace) -> None:
    now = datetime.now(UTC)
    # Argon2's own parameters: one hash and one login are quick enough.
    company.access.add_user("acme", "correct horse battery", "analyst", author="kim", at=now)
    secret = company.access.log_in("acme", "correct horse battery", at=now)
    assert secret is not None
    company.add_note("bolt", text="Acme Ltd is a partner", author="acme")

    done = company.forget("acme", author="lou")

    user = company.access.session_user(secret, at=now)
    assert user is not None
    assert user.name == "acme"
    assert [each.subject for each in company.audit(action="login")] == ["acme"]
    assert [(each.author, each.text) for each in company.notes("bolt")] == [
        ("acme", f"{done.token}-name-2 is a partner")
    ]


def test_what_others_have_stays_theirs(company: Workspace) -> None:
    done = company.forget("acme")
    names = company.metrics("closing_mrr", by="name").to_pylist()
    assert {row["name"] for row in names} == {f"{done.token}-name-{number}" for number in (1, 2)} | {
        "Acme Ltd & Co",
        "Seven",
    }
    notes = [note.text for note in company.notes()]
    assert notes == [f"{done.token}-name-2 wrote; Acme Ltd & Co did not", "7 seats, 7 days"]
    assert company.segments()[0].expression == f"customer <> '{done.token}' and owner = 'Lena'"
    assert company.corrections()[0].payload["customer"] == done.token
    assert company.imports()[1].file == f"{done.token}-name-2.csv"


def test_an_id_of_one_digit_is_replaced_where_it_is_the_id_and_nowhere_else(company: Workspace) -> None:
    before = every_figure(company)
    done = company.forget("7")
    assert every_figure(company) == before
    assert [note.text for note in company.notes()][1] == "7 seats, 7 days"
    assert company.notes()[1].subject == done.token
    assert done.token in {row["customer_id"] for row in company.movements().to_pylist()}
    assert holding(company.folder, "Seven", "info@seven.example") == []


def test_a_dry_run_shows_and_changes_nothing(company: Workspace) -> None:
    def bytes_of() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in company.folder.rglob("*") if path.is_file()}

    before = bytes_of()
    shown = company.forget("acme", dry_run=True)
    assert bytes_of() == before
    assert set(GONE) <= set(shown.texts)
    assert {"name", "customer_id", "raw", "evidence"} <= {each.column for each in shown.replaced}
    assert any(each.file == "the state" for each in shown.replaced)


def test_it_is_audited_without_the_name(company: Workspace) -> None:
    done = company.forget("acme", author="lou")
    [line] = company.audit(action="forget")
    assert (line.author, line.subject) == ("lou", done.token)
    assert not [each for each in company.audit() if "acme" in repr(each).lower()]


@pytest.mark.parametrize("stopped_at", ["_rewrite_text", "_write_journal", "ImportStore.commit", "require_forgotten"])
def test_what_was_stopped_is_finished_by_a_second_run(
    company: Workspace, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    before = every_figure(company)
    (company.folder / "letter.txt").write_text("Dear Acme Ltd", "utf-8")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if stopped_at == "ImportStore.commit":
            from upswell.contract.store import ImportStore  # noqa: PLC0415 -- of this case alone

            commit, imports = ImportStore.commit, company.folder / "imports"
            patched.setattr(
                ImportStore, "commit", lambda store, state: stop() if store.folder == imports else commit(store, state)
            )
        else:
            patched.setattr(forgetting, stopped_at, stop)
        with pytest.raises(KeyboardInterrupt):
            company.forget("acme")
    again = upswell.open(company.folder)
    assert every_figure(again) == before
    again.forget("acme")
    assert holding(company.folder, *GONE) == []
    assert every_figure(again) == before
    assert len({line.subject for line in again.audit(action="forget")}) == 1


def test_files_that_lie_beside_are_rewritten_or_named(company: Workspace) -> None:
    (company.folder / "letter.txt").write_text("Dear Acme Ltd,", "utf-8")
    (company.folder / "export.csv").write_text("customer_id,name\nacme,Acme Ltd\n7,Seven\n", "utf-8")
    (company.folder / "logo.bin").write_bytes(b"\xff\x00Acme Ltd\x00")
    with pytest.raises(WorkspaceError) as left:
        company.forget("acme")
    assert (left.value.code, left.value.found) == ("not_forgotten", "logo.bin")
    (company.folder / "logo.bin").unlink()
    done = company.forget("acme")
    assert (company.folder / "letter.txt").read_text("utf-8") == f"Dear {done.token}-name-2,"
    assert (company.folder / "export.csv").read_text("utf-8").splitlines()[1] == f"{done.token},{done.token}-name-2"
    assert not (company.folder / forgetting.JOURNAL).exists()


def test_figures_that_would_change_are_refused_and_nothing_is_lost(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {str(path): path.read_bytes() for path in company.folder.rglob("*.parquet")}
    with monkeypatch.context() as patched:
        patched.setattr(forgetting, "_sums_differ", lambda *_: "2026-03 team expansion 40.00 became 41.00")
        with pytest.raises(CheckFailedError, match="figures would change"):
            company.forget("acme")
    assert {str(path): path.read_bytes() for path in company.folder.rglob("*.parquet")} == before
    assert [note.subject for note in company.notes()] == ["acme", "7"]


def test_who_was_never_there_cannot_be_forgotten(company: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no customer acne") as unknown:
        company.forget("acne")
    assert "did you mean acme" in str(unknown.value.remedy)
    company.forget("acme")
    with pytest.raises(UsageError, match="there is no customer acme"):
        company.forget("acme")
    company.add_note("bolt", text="was with Acme Ltd once", author="kim")
    company.forget("acme", also=["Acme Ltd"])
    assert "Acme Ltd" not in company.notes()[-1].text


def test_a_book_that_lacks_rows_is_no_reason_to_refuse(company: Workspace) -> None:
    give(company, "later.csv", "customer_id,plan_id,unit_amount,starts_at\nacme,late,7.00,2026-05-05\n", "items")
    company.forget("acme")
    value = company.metrics("closing_mrr", month_from="2026-05", month_to="2026-05").column("value")[0].as_py()
    assert value == Decimal(12 * 20 + 90 + 60 + 140 + 7)


def test_what_was_read_of_stripe_is_erased_and_says_the_same(tmp_path: Path) -> None:
    account = Account(at("2026-01-10"))
    team = account.create_price(account.create_product("Team"), 2000)
    acme = account.create_customer("Acme Ltd")
    account.subscribe(acme, [(team, 5)])
    account.subscribe(account.create_customer("Bolt"), [(team, 2)])
    account.advance(at("2026-03-20"))
    with desk_for(account, tmp_path) as desk:
        desk.sync()
        workspace = desk.workspace
        workspace.build(as_of=datetime(2026, 3, 20, tzinfo=UTC))
        before = [(f"{row['date']}", row["kind"], row["amount"]) for row in workspace.movements().to_pylist()]
        assert holding(workspace.folder, "Acme Ltd", acme.id) != []
        done = workspace.forget(acme.id)
        assert holding(workspace.folder, "Acme Ltd", acme.id) == []
        after = [(f"{row['date']}", row["kind"], row["amount"]) for row in workspace.movements().to_pylist()]
        assert sorted(after) == sorted(before)
        landing = next((workspace.folder / "sources").rglob("landing.duckdb"))
        with duckdb.connect(str(landing), read_only=True) as connection:
            raw = connection.execute("select raw from objects where object_id = ?", [done.token]).fetchall()
        assert json.loads(raw[0][0])["name"] == f"{done.token}-name-1"


def test_a_workspace_without_a_book_is_erased_too(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "company")
    give(workspace, "customers.csv", CUSTOMERS, "customers")
    workspace.forget("acme")
    assert holding(workspace.folder, *GONE) == []


def test_a_name_in_the_settings_is_for_their_owner_to_take_out(company: Workspace) -> None:
    settings = company.folder / "upswell.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text + "# Acme Ltd has terms of its own\n", "utf-8")
    with pytest.raises(WorkspaceError) as left:
        upswell.open(company.folder).forget("acme")
    assert (left.value.code, left.value.found) == ("not_forgotten", "upswell.toml")
    settings.write_text(text, "utf-8")
    upswell.open(company.folder).forget("acme")
    assert holding(company.folder, *GONE) == []


def test_the_name_goes_wherever_others_speak_of_it(tmp_path: Path) -> None:
    """In what another customer says of it, after an underscore, in quotes, in a heading, in lines that are no rows."""
    workspace = upswell.init(tmp_path / "company")
    give(
        workspace,
        "Zebulon_usage.csv",
        ITEMS.splitlines()[0] + "\n1,,team,1,10.00,2025-01-01,,\n2,,team,1,7.00,2025-01-01,,\n",
        "items",
    )
    customers = (
        "customer_id,name,city,staff,introduced_by,Zebulon contact\n"
        '1,Zebulon,Graz,55,,x9\n2,Bolt,Wien,7,Zebulon,y9\n3,"Zebulon ""Fast"" Co",Linz,3,sister of Zebulon,z9\n'
    )
    give(workspace, "customers.csv", customers, "customers")
    give(workspace, "ragged.csv", "customer_id,name,city\n1,Zebulon,Graz,more\n", "customers")
    workspace.build(as_of=AS_OF)
    workspace.save_segment("graz", expression="city = 'Graz'", author="kim")
    workspace.add_note("1", text="1", author="kim")
    (workspace.folder / "notes.ndjson").write_text('{"a": "Zebulon"}\n{"b": 1.10}\n', "utf-8")

    def of_segment(name: str | None, where: str | None = None) -> Any:
        table = workspace.metrics("closing_mrr", month_from="2026-05", month_to="2026-05", segment=name, where=where)
        return table.column("value")[0].as_py()

    before = (of_segment("graz"), of_segment(None, "staff = '55'"))
    done = workspace.forget("1")
    assert (of_segment("graz"), of_segment(None, "staff = '55'")) == before == (10, 10)
    found = [path for path, text in texts(workspace.folder) if "Zebulon" in text.replace('Zebulon "Fast" Co', "")]
    assert found == []
    assert holding(workspace.folder, "Graz") == []
    assert [(note.subject, note.text) for note in workspace.notes()] == [(done.token, "1")]
    assert (workspace.folder / "notes.ndjson").read_text("utf-8").splitlines()[1] == '{"b": 1.10}'


def test_of_two_who_bear_one_name_the_other_keeps_it(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "company")
    rows = "one,,team,1,5.00,2025-01-01,,\ntwo,,team,1,7.00,2025-01-01,,\n"
    give(workspace, "items.csv", f"{ITEMS.splitlines()[0]}\n{rows}", "items")
    give(workspace, "customers.csv", "customer_id,name\none,Smith\ntwo,Smith\n", "customers")
    workspace.build(as_of=AS_OF)
    done = workspace.forget("one")
    found = workspace.metrics("closing_mrr", by="name", month_from="2026-05", month_to="2026-05").to_pylist()
    assert {row["name"]: row["value"] for row in found} == {f"{done.token}-name-1": 5, "Smith": 7}


def test_an_unfinished_erasure_is_finished_first(company: Workspace) -> None:
    journal = {"customer": "bolt", "token": "forgotten-1", "names": [], "own": {}, "others": [], "is_common": False}
    (company.folder / forgetting.JOURNAL).write_text(json.dumps(journal), "utf-8")
    with pytest.raises(UpswellError, match="another customer is being forgotten"):
        company.forget("acme")
