"""The reader of stories: what each line becomes, and what each slip is told."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.stories.balance import item_balances, round6
from tests.stories.expected import Figure, compare, read_metric, read_movement
from tests.stories.history import customer_rows
from tests.stories.lines import StoryError
from tests.stories.play import (
    after_the_last_date,
    can_share,
    metric_differences,
    movement_differences,
    workspace_of,
)
from tests.stories.spans import instant, spans_of_an_item
from tests.stories.story import (
    ExpectMetrics,
    ExpectMovements,
    Import,
    Story,
    Undo,
    read_stories,
)
from tests.stories.terms import terms
from upswell.policy import Policy


def written(folder: Path, text: str) -> list[Story]:
    path = folder / "some.story"
    path.write_text(text, encoding="utf-8")
    return read_stories(path)


def rows(*lines: str) -> list[dict[str, str]]:
    return customer_rows("Acme", "", lines)


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (
            "5 seats at 20.00 a month",
            {
                "quantity": "5",
                "unit_amount": "20.00",
                "mrr": "",
                "interval": "month",
                "interval_count": "1",
            },
        ),
        ("at 30 every 2 weeks", {
            "unit_amount": "30", "mrr": "", "interval": "week", "interval_count": "2",
        }),
        ("2 licences, flat mrr 50.00", {"quantity": "2", "mrr": "50.00"}),
        (
            "20 % off until 2024-03-01, 5.00 off",
            {"discount_percent": "20", "discount_amount": "5.00", "discount_until": "2024-03-01"},
        ),
        ("trial until 2024-02-01T12:00", {
            "status": "trialing", "trial_until": "2024-02-01T12:00",
        }),
        ("sub S1, item I1, product crm, price id P1, in EUR, until 2025-01-01", {
            "subscription_id": "S1", "item_id": "I1", "product_id": "crm", "price_id": "P1",
            "currency": "EUR", "ends_at": "2025-01-01",
        }),
        ("billed every 6 months", {"interval": "month", "interval_count": "6"}),
    ],
)  # fmt: skip
def test_terms(words: str, columns: dict[str, str]) -> None:
    assert terms(words) == columns


def test_a_line_closes_one_version_and_opens_the_next() -> None:
    first, second = rows("2024-01-10 start Team, 5 seats at 20.00 a month", "2024-03-15 seats 8")
    assert (first["starts_at"], first["ends_at"]) == ("2024-01-10", "2024-03-15")
    assert (second["starts_at"], second.get("ends_at")) == ("2024-03-15", None)
    assert (first["quantity"], second["quantity"]) == ("5", "8")
    assert second["unit_amount"] == "20.00"


def test_a_plan_line_keeps_the_product() -> None:
    _, second = rows("2024-01-01 start Team, at 20 a month", "2024-02-01 plan Pro, at 30 a month")
    assert (second["plan_id"], second["product_id"]) == ("Pro", "Team")


def test_status_lines_speak_of_all_items() -> None:
    found = rows(
        "2024-01-01 start Team, at 20 a month",
        "2024-01-01 add-on SSO, at 5 a month",
        "2024-02-01 past due",
        "2024-03-01 cancel",
    )
    assert [row.get("status", "") for row in found] == ["", "past_due", "", "past_due"]
    assert [row["ends_at"] for row in found] == ["2024-02-01", "2024-03-01"] * 2


def test_renewal_under_another_subscription_is_another_item() -> None:
    _, second = rows("2024-01-01 start Team, at 20 a month", "2025-01-01 renew as sub K2")
    assert (second["subscription_id"], second["starts_at"]) == ("K2", "2025-01-01")


def test_a_return_is_the_same_item_again() -> None:
    _, second = rows(
        "2024-01-01 start Team, at 20 a month",
        "2024-02-01 cancel",
        "2024-05-01 start Team, at 25 a month",
    )
    assert "ends_at" not in second
    assert second["unit_amount"] == "25"


def test_a_raw_row_stands_as_written() -> None:
    (row,) = rows("item sub=S1 plan=pro from=2024-01-01 quantity=2.5 unit=4 status=paused")
    assert row == {
        "customer_id": "Acme", "currency": "", "subscription_id": "S1", "plan_id": "pro",
        "starts_at": "2024-01-01", "quantity": "2.5", "unit_amount": "4", "status": "paused",
    }  # fmt: skip


HEAD = "# A title\ncustomer Acme\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer Acme\n", "some.story:1: a story opens with its title"),
        ("# A title\n  2024-01-01 start Team\n", "some.story:2: a line without a heading"),
        ("# A title\npolcy strict\n", "some.story:2: no such heading: 'polcy'"),
        ("# A title\ncustomer Acme\n", "some.story:1: a story that expects nothing"),
        (f"{HEAD}  2024-01-01 begin Team\n", "some.story:3: no such verb in 'begin Team'"),
        (f"{HEAD}  2024-01-01 start Team, for 20\n", "some.story:3: no such term: 'for 20'"),
        (f"{HEAD}  2024-01-01 seats 5\n", "some.story:3: 0 items run here: say `on NAME`"),
        (f"{HEAD}  then start Team\n", "some.story:3: expected a date or `item`"),
        (f"{HEAD}  item colour=red\n", "some.story:3: no such column: 'colour=red'"),
        (
            f"{HEAD}  2024-01-01 start Team, at 1 a month\n  2024-01-01 seats 5\n",
            "some.story:4: 2024-01-01 is already the start of Team",
        ),
        (
            f"{HEAD}  2024-01-01 start Team, 10 % off, 20 % off\n",
            "some.story:3: discount_percent said twice",
        ),
        (f"{HEAD}movements\n  2024-01-01 growth 5\n", "some.story:4: not a movement line"),
        (f"{HEAD}movements\n  2024-01-01 Bolt new 5\n", "some.story:4: no customer 'Bolt'"),
        (f"{HEAD}metrics 2024-01\n  nrr_1m high\n", "some.story:4: not a metric line"),
        (f"{HEAD}import January\n", "some.story:3: expected `import EXPORT"),
        ('# A title\nrules mine netting = "item"\n', "some.story:2: expected `rules NAME: SWITCH"),
        ("# A title\nrules mine: netting = item\n", "some.story:2: Invalid value"),
        ('# A title\nrules mine: netting = "region"\n', "some.story:2: upswell.toml, policy mine: netting"),
        ('# A title\nrules recurly: netting = "item"\n', "some.story:2: upswell.toml: there already is"),
        ('# A title\nrules a: week = "4"\nrules a: week = "4"\n', "some.story:3: rules a twice"),
        ("# A title\nsnapshots\n  month A\n  2024-01 1 2\n", "some.story:4: 1 columns, 2 cells"),
    ],
)
def test_a_slip_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StoryError) as error:
        written(tmp_path, text)
    assert str(error.value).startswith(message)


def test_steps_in_order(tmp_path: Path) -> None:
    (story,) = written(
        tmp_path,
        "# Two exports ; a comment\n"
        "currency EUR\n"
        "export January\ncustomer Acme\n  2024-01-01 start Team, at 20 a month\n"
        "export February\ncustomer Acme\n  2024-01-01 start Team, at 30 a month\n"
        "import January\nimport February from crm replace\n"
        "movements under recurly\n  2024-01-31 new 30\n"
        "undo February\nmetrics 2024-01\n  closing_mrr 20\n",
    )
    kinds = [type(step) for step in story.steps]
    assert kinds == [Import, Import, ExpectMovements, Undo, ExpectMetrics]
    second = story.steps[1]
    assert isinstance(second, Import)
    assert (second.source, second.replace, second.rows[0]["unit_amount"]) == ("crm", True, "30")
    third = story.steps[2]
    assert isinstance(third, ExpectMovements)
    assert (third.policy, third.movements[0].currency) == ("recurly", "EUR")


def test_many_customers_alike(tmp_path: Path) -> None:
    (story,) = written(
        tmp_path,
        "# Fifty\ncustomers 50 named m{n}\n  2024-01-01 start Team, at 1 a month\nmetrics 2024-01\n  customers 50\n",
    )
    step = story.steps[0]
    assert isinstance(step, Import)
    assert len(step.rows) == 50
    assert step.rows[-1]["customer_id"] == "m50"


def test_a_spreadsheet(tmp_path: Path) -> None:
    (story,) = written(
        tmp_path,
        "# Sheet\nsnapshots\n  month Acme Bolt/Pro\n  2024-01 10 -\n  2024-02 12 5\n"
        "metrics 2024-02\n  closing_mrr 17\n",
    )
    step = story.steps[0]
    assert isinstance(step, Import)
    assert step.table == "snapshots"
    assert [tuple(row.values()) for row in step.rows] == [
        ("Acme", "", "2024-01", "10"),
        ("Acme", "", "2024-02", "12"),
        ("Bolt", "Pro", "2024-02", "5"),
    ]


def movement(words: str) -> object:
    return read_movement(words, currencies={"Acme": "USD"})


def test_movement_lines() -> None:
    line = read_movement(
        "2024-03-15 Acme expansion 60.00 EUR plan Team -> Pro scheduled",
        currencies={"Acme": "USD", "Bolt": "USD"},
    )
    assert (line.customer, line.currency, line.driver) == ("Acme", "EUR", "plan")
    assert (line.from_plan, line.plan, line.scheduled) == ("Team", "Pro", True)


def test_a_figure_is_exact_unless_it_says_about() -> None:
    assert Figure.read("60.00").fits(Decimal(60))
    assert not Figure.read("166.67").fits(Decimal("166.666667"))
    assert Figure.read("~166.67").fits(Decimal("166.666667"))
    assert not Figure.read("~166.67").fits(Decimal("166.68"))
    assert read_metric("nrr_1m none").value is None
    assert read_metric("expansion_mrr 60 driver seats").slice == "seats"


def test_rows_of_one_line_are_added() -> None:
    lines = [read_movement("2024-01-01 new 50", currencies={"Acme": "USD"})]
    parts = [read_movement(f"2024-01-01 new {part}", currencies={"Acme": "USD"}) for part in ("20", "30")]
    assert compare(lines, parts) == []
    assert compare(lines, parts[:1]) == [f"  - expected  {lines[0]}", f"  + found     {parts[0]}"]


def test_plans_are_compared_where_a_line_names_them() -> None:
    lines = [read_movement("2024-01-01 new 50 on Pro", currencies={"Acme": "USD"})]
    other = [read_movement("2024-01-01 new 50 on Team", currencies={"Acme": "USD"})]
    assert len(compare(lines, other)) == 2


def test_unlisted_transfers_must_add_up_to_nothing() -> None:
    moved = [read_movement(f"2024-01-01 transfer {part}", currencies={"Acme": "USD"}) for part in ("-20", "20")]
    assert compare([], moved) == []
    assert compare([], moved[:1]) == ["  transfers of Acme in USD add up to -20, not to 0"]


def booked(**cells: object) -> dict[str, object]:
    usual = {"date": "2024-01-01", "customer_id": "Acme", "kind": "new", "driver": None, "currency": "USD"}
    plans = {"scheduled": False, "plan_id": "Team", "from_plan_id": None, "amount": Decimal("40.000000")}
    return {**usual, **plans, **cells}


def test_a_difference_prints_the_lines_of_the_story(tmp_path: Path) -> None:
    (story,) = written(tmp_path, f"{HEAD}  2024-01-01 start Team, at 50 a month\nmovements\n  2024-01-01  new  50\n")
    step = story.steps[-1]
    assert isinstance(step, ExpectMovements)
    heading, line, expected, found = movement_differences(step, [booked()])
    assert (heading, line) == ("  movements", "    5: 2024-01-01  new  50")
    assert expected.startswith("  - expected  2024-01-01  Acme     new")
    assert found.split()[-4:] == ["40.000000", "USD", "on", "Team"]
    assert movement_differences(step, [booked(amount=Decimal(50))]) == []


def test_a_missing_and_a_surplus_movement_differ(tmp_path: Path) -> None:
    (story,) = written(tmp_path, f"{HEAD}  2024-01-01 start Team, at 40 a month\nmovements\n  2024-01-01  new  40\n")
    step = story.steps[-1]
    assert isinstance(step, ExpectMovements)
    assert len(movement_differences(step, [])) == 3
    surplus = booked(date="2024-02-01", kind="expansion", driver="price", amount=Decimal(0))
    assert len(movement_differences(step, [booked(), surplus])) == 3


def test_metric_lines_are_held_against_values_and_reasons() -> None:
    rows: list[dict[str, object]] = [
        {"month": "2024-01", "metric": "arpa", "value": Decimal("10.00"), "reason": None},
        {"month": "2024-01", "metric": "nrr_1m", "value": None, "reason": "no opening MRR"},
    ]
    right = [read_metric("arpa 10"), read_metric("nrr_1m none")]
    wrong = [read_metric("arpa none"), read_metric("arpa 11"), read_metric("nrr_1m 1"), read_metric("arr 120")]
    assert [metric_differences("2024-01", metric, rows) for metric in right] == [[], []]
    assert all(metric_differences("2024-01", metric, rows) for metric in wrong)


def test_only_usual_stories_share_a_book(tmp_path: Path) -> None:
    body = "customer Acme\n  2024-01-01 start Team, at 40 a month\nmovements\n  2024-01-01  new  40\n"
    plain, berlin, recurly, under, scheduled = written(
        tmp_path,
        f"# A\n{body}# B\ntimezone Europe/Berlin\n{body}# C\npolicy recurly\n{body}"
        f"# D\n{body}movements under recurly\n  2024-01-31  new  40\n# E\nas_of 2023-06-01\n{body}",
    )
    assert can_share(plain)
    assert not any(can_share(story) for story in (berlin, recurly, under, scheduled))
    assert after_the_last_date(plain) == "2024-03-01"


def test_rules_of_a_storys_own_are_read_and_reach_the_workspace(tmp_path: Path) -> None:
    body = "customer Acme\n  2024-01-01 start Team, at 40 a month\nmovements\n  2024-01-01  new  40\n"
    (story,) = written(
        tmp_path,
        '# A\npolicy mine\nrules mine: netting = "customer", day = "30"\nrules late: past_due_churn_days = 30\n' + body,
    )
    assert story.policy_called("mine").differences() == {"netting": "customer", "day": "30"}
    assert story.policy_called("late").differences() == {"past_due_churn_days": 30}
    assert story.policy_called("recurly").name == "recurly"
    assert not can_share(story)
    workspace = workspace_of(story, tmp_path / "w")
    assert workspace.policy().differences() == {"netting": "customer", "day": "30"}


UTC = ZoneInfo("UTC")


def balance(at: str, *lines: str, zone: ZoneInfo = UTC, **switches: object) -> Decimal:
    policy = Policy.model_validate({"name": "mine", **switches})
    found = item_balances(rows(*lines), at=instant(at, zone), zone=zone, policy=policy, currency="USD")
    return found.get(("Acme", "USD"), Decimal(0))


def test_closing_balance() -> None:
    assert round6(Fraction(5, 10**7)) == Decimal(0)
    lines = (
        "2024-01-01 start Team, 5 seats at 20.00 a month, 10 % off until 2024-02-01",
        "2024-01-01 add-on SSO, at 120 a year",
        "2024-01-01 start Chat, at 8 a month, trial until 2024-03-01",
    )
    assert balance("2024-02-01", *lines) == Decimal(110)
    assert balance("2024-01-31", *lines) == Decimal(100)
    assert balance("2024-01-31", *lines, discounts="none") == Decimal(110)
    assert balance("2024-01-31", *lines, discounts="recurring", trialing="counts") == Decimal(118)


def test_closing_balance_at_a_request_to_cancel() -> None:
    asked = "item plan=p from=2024-01-01 to=2024-06-01 unit=10 cancel_requested_at=2024-03-01"
    assert balance("2024-04-01", asked) == Decimal(10)
    assert balance("2024-04-01", asked, churn_date="cancel_request") == Decimal(0)
    withdrawn = "item plan=p from=2024-06-01 unit=10"
    assert balance("2024-04-01", asked, withdrawn, churn_date="cancel_request") == Decimal(10)


def test_closing_balance_of_a_payment_that_stays_late() -> None:
    late = ("2024-01-01 start p, at 10 a month", "2024-02-01T15:00 past due", "2024-02-20 seats 2")
    assert balance("2024-03-01T23:59", *late, past_due_churn_days=30) == Decimal(20)
    assert balance("2024-03-02", *late, past_due_churn_days=30) == Decimal(0)
    berlin = ZoneInfo("Europe/Berlin")
    spans = spans_of_an_item(rows(*late), zone=berlin, policy=Policy(name="mine", past_due_churn_days=60))
    assert [span.status for span in spans] == ["active", "past_due", "past_due", "lapsed"]
    # 60 days from 1 February: midnight of 1 April, an hour earlier in UTC since the clocks went forward.
    assert spans[-1].starts == instant("2024-03-31T22:00:00+00:00", berlin)


def test_closing_balance_of_a_trailing_mean() -> None:
    used = [
        f"item plan=api type=usage from=2024-0{month}-01 to=2024-0{month + 1}-01 unit={month}0" for month in (1, 2, 3)
    ]
    assert balance("2024-03-15", *used) == Decimal(30)
    assert balance("2024-03-15", *used, usage="trailing_3") == Decimal(20)
    assert balance("2024-02-15", *used, usage="trailing_3") == Decimal(15)
    assert balance("2024-03-15", *used, usage="exclude") == Decimal(0)
