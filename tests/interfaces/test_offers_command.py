"""`upswell offers` and `upswell touches`: what is said comes back, in every form, under who said it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.interfaces.command import done, upswell_command
from tests.interfaces.company import AS_OF, imported

OFFER = """name = "more-seats"
title = "Ten more seats"
text = "Room for ten more."
what = "seats"
eligibility = "country = 'DE'"
channels = ["email", "in_app"]
discount_percent = 12.5
ends_on = 2026-12-31
"""


def test_an_offer_is_saved_from_a_file_or_options_listed_and_retired(acme: Path) -> None:
    file = acme.parent / "offer.toml"
    file.write_text(OFFER, "utf-8")
    assert "offer more-seats: Ten more seats" in done("-w", acme, "offers", "save", str(file), "--author", "kim").err
    done("-w", acme, "offers", "save", "--name", "yearly", "--title", "A year", "--what", "yearly", "--priority", "1")

    rows = done("-w", acme, "offers", "list", "--format", "json").json()
    assert [row["name"] for row in rows] == ["yearly", "more-seats"]
    assert (rows[1]["discount_percent"], rows[1]["channels"], rows[1]["author"]) == ("12.5", ["email", "in_app"], "kim")
    assert "more-seats" in done("-w", acme, "offers").out
    assert "is retired" in done("-w", acme, "offers", "retire", "yearly").err
    assert done("-w", acme, "offers", "--format", "csv").csv()[0]["retired_at"] != ""
    lines = done("-w", acme, "audit", "--action", "offer", "--format", "json").json()
    assert (lines[0]["author"], lines[0]["subject"]) == ("kim", "more-seats")
    assert len(lines) == 3


def test_a_file_that_is_no_offer_is_refused_with_its_part(acme: Path) -> None:
    file = acme.parent / "offer.toml"
    for text, part in (
        (OFFER.replace("what =", "wat ="), "what"),
        (OFFER.replace("12.5", "120"), "discount_percent"),
        (OFFER + "colour = 1\n", "colour"),
        (OFFER.replace("country", "plan"), "plan"),
    ):
        file.write_text(text, "utf-8")
        answer = upswell_command("-w", acme, "offers", "save", str(file))
        assert answer.code == 2
        assert part in answer.err
    file.write_text("name =", "utf-8")
    assert upswell_command("-w", acme, "offers", "save", str(file)).code == 4
    assert done("-w", acme, "offers", "--format", "json").json() == []


def test_a_touch_and_its_outcome_reach_the_funnel_and_the_guardrails(acme: Path) -> None:
    said = done("-w", acme, "touches", "add", "Acme", "seats", "--channel", "call", "--outcome", "clicked")
    assert said.err == "touch 1: Acme was offered seats, clicked\n"
    done("-w", acme, "touches", "add", "Acme", "upgrade", "--at", "2025-05-01T09:00")
    done("-w", acme, "touches", "outcome", "2", "declined", "--reason", "no budget")

    rows = done("-w", acme, "touches", "list", "Acme", "--format", "json").json()
    assert [(row["touch"], row["outcome"], row["reason"]) for row in rows] == [
        (2, "declined", "no budget"),
        (1, "clicked", None),
    ]
    funnel = done("-w", acme, "offers", "funnel", "--format", "json").json()
    assert {row["value"]: (row["shown"], row["hesitated"], row["declined"]) for row in funnel["rows"]} == {
        "seats": (1, 1, 0),
        "upgrade": (1, 0, 1),
    }
    table = done("-w", acme, "offers", "funnel")
    assert "declined: no budget (1)" in table.err
    assert table.out.splitlines()[-1].split()[:2] == ["all", "2"]
    alone = {row["customer_id"]: row for row in done("-w", acme, "touches", "suppressions", "--format", "json").json()}
    assert {each["guardrail"] for each in alone["Acme"]["reasons"]} >= {"declined", "customer_cap"}
    done("-w", acme, "touches", "outcome", "1", "withdrawn")
    assert len(done("-w", acme, "touches", "--format", "json").json()) == 1


def test_an_outcome_of_a_former_touch_came_then(acme: Path) -> None:
    at = ("--at", "2025-03-05", "--reason", "no budget")
    done("-w", acme, "touches", "add", "Acme", "seats", *at, "--outcome", "declined")
    [row] = done("-w", acme, "touches", "list", "Acme", "--format", "json").json()
    assert (row["outcome"], row["answered_on"], row["reason"]) == ("declined", "2025-03-05", "no budget")
    alone = upswell_command("-w", acme, "touches", "add", "Acme", "seats", *at)
    assert (alone.code, "--outcome with --reason" in alone.err) == (2, True)
    assert len(done("-w", acme, "touches", "--format", "json").json()) == 1


def test_a_quiet_time_is_entered_listed_and_ended(acme: Path) -> None:
    said = done("-w", acme, "touches", "quiet", "Acme", "--reason", "in court", "--until", "2025-09-01")
    assert said.err == "quiet 1: Acme, leave_alone, from 2025-06-01 until 2025-09-01\n"
    every = done("-w", acme, "touches", "quiet", "everybody", "--reason", "outage", "--incident")
    # An incident lasts for so many days from today, however old the book is.
    assert re.fullmatch(r"quiet 2: everybody, incident, from 20\d\d-\d\d-\d\d for 14 days\n", every.err)
    assert "2025-06-01" not in every.err
    done("-w", acme, "touches", "quiet", "Acme", "--reason", "no mail", "--opt-out")

    rows = done("-w", acme, "touches", "suppressions", "Acme", "--format", "json").json()
    assert [each["reason"] for each in rows[0]["reasons"]][:3] == ["no mail", "in court", "outage"]
    assert rows[0]["until"] is None
    assert "is ended: everybody" in done("-w", acme, "touches", "unquiet", "2").err
    listed = done("-w", acme, "touches", "quiet-list", "--format", "csv").csv()
    assert [(row["kind"], bool(row["ended_at"])) for row in listed] == [
        ("leave_alone", False),
        ("incident", True),
        ("opt_out", False),
    ]


def test_the_effect_says_what_it_lacks_and_guardrails_count_nothing_yet(tmp_path: Path) -> None:
    # A workspace that nobody has asked yet: a list records whom it shows and whom not.
    acme = imported(tmp_path / "acme")
    done("-w", acme, "build", "--as-of", AS_OF)
    effect = done("-w", acme, "offers", "effect", "--format", "json").json()
    assert (effect["is_measured"], effect["mrr"]) == (False, None)
    assert "no effect yet: 0 families listed 90 days ago" in done("-w", acme, "offers", "effect").err
    rows = json.loads(done("-w", acme, "touches", "guardrails", "--format", "json").out)
    assert {row["customers"] for row in rows} == {0}
    assert rows[0]["guardrail"] == "no_fit"
    assert "from 2025-05-02 to 2025-06-01" in done("-w", acme, "touches", "guardrails").err
