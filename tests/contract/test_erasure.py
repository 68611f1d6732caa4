"""What an erasure puts in the place of a customer's id, names and attributes, text by text."""

from __future__ import annotations

import pytest

from upswell.contract.erasure import Erasure

ACME = Erasure(
    customer="acme",
    token="forgotten-1",
    names=("Acme Ltd", "ann@acme.example", "A+B (x)"),
    own={"Hauptstr. 5": "forgotten-1-line1-1", "Acme Ltd": "forgotten-1-name-1"},
    others=("Acme Ltd & Co",),
)
SEVEN = Erasure(customer="7", token="forgotten-7", names=("Seven",))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Acme Ltd wrote", "forgotten-1-name-1 wrote"),
        ("to ann@acme.example, please", "to forgotten-1-name-2, please"),
        ("Acme Ltd & Co, not Acme Ltd", "Acme Ltd & Co, not forgotten-1-name-1"),
        ("Acme Ltda, XAcme Ltd", "Acme Ltda, XAcme Ltd"),
        ("A+B (x) is a name with signs", "forgotten-1-name-3 is a name with signs"),
        ("acme moved; pacme and acme-2 did not", "forgotten-1 moved; pacme and acme-2 did not"),
        ("customer = 'acme'", "customer = 'forgotten-1'"),
        ("acme ltd", "forgotten-1 ltd"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_a_name_is_replaced_as_a_word_of_its_own(text: str, wanted: str) -> None:
    assert ACME.text(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7 seats, 7 days", "7 seats, 7 days"),
        ("customer = '7' and plan = '7'", "customer = 'forgotten-7' and plan = '7'"),
        ("Seven", "forgotten-7-name-1"),
    ],
)
def test_a_short_id_is_replaced_where_it_is_quoted_alone(text: str, wanted: str) -> None:
    assert SEVEN.text(text) == wanted
    assert (SEVEN.identity("7"), SEVEN.part_of_id("7-team"), SEVEN.part_of_id("77-team")) == (
        "forgotten-7",
        "forgotten-7-team",
        "77-team",
    )


def test_an_id_that_is_a_plan_too_is_replaced_where_it_is_the_customer() -> None:
    team = Erasure(customer="team", token="forgotten-t", is_common=True)
    assert team.text("plan = 'team' and customer <> 'team'; a team") == (
        "plan = 'team' and customer <> 'forgotten-t'; a team"
    )
    assert (team.identity("team"), team.named("team")) == ("forgotten-t", "team")


def test_a_document_keeps_its_numbers_to_the_digit() -> None:
    text = (
        '{"id": "acme", "amount": 1.10, "big": 12345678901234567890.123, "n": [1e-7, 7, true, null], "to": "Acme Ltd"}'
    )
    assert ACME.document(text) == (
        '{"id":"forgotten-1","amount":1.10,"big":12345678901234567890.123,"n":[1e-7,7,true,null],'
        '"to":"forgotten-1-name-1"}'
    )
    assert SEVEN.document('{"quantity": 7, "customer": "7"}') == '{"quantity":7,"customer":"forgotten-7"}'
    assert SEVEN.document('{"quantity":"7","parent_id":"7"}') == '{"quantity":"7","parent_id":"forgotten-7"}'
    untouched = '{"amount": 1.10, "of":  "bolt"}'
    assert ACME.document(untouched) == untouched


def test_attributes_go_where_they_are_said_of_the_customer() -> None:
    assert ACME.document('{"plan":"Hauptstr. 5"}') == '{"plan":"Hauptstr. 5"}'
    assert ACME.document('{"line1":"Hauptstr. 5"}', of_the_customer=True) == '{"line1":"forgotten-1-line1-1"}'
    assert ACME.document('{"billing_details":{"line1":"Hauptstr. 5"}}') == (
        '{"billing_details":{"line1":"forgotten-1-line1-1"}}'
    )


def test_a_table_that_lies_beside_is_running_text() -> None:
    text = 'customer_id,note\r\nacme,acme-2\r\n"acme",Acme Ltd\r\n7,7 days\r\n'
    assert ACME.text(text) == (
        'customer_id,note\r\nforgotten-1,acme-2\r\n"forgotten-1",forgotten-1-name-1\r\n7,7 days\r\n'
    )
    # A number may be anything there, a quantity, too.
    assert SEVEN.text("id,days\n7,17\n17,7\n") == "id,days\n7,17\n17,7\n"
