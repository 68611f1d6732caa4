"""The catalogue and its formulas are one list, and unknown names are answered helpfully."""

from __future__ import annotations

import pytest

from tests.metrics.book import Move, SmallBook
from upswell.errors import UsageError
from upswell.metrics.catalogue import chosen, entries, entry
from upswell.metrics.formulas import FORMULAS


def test_each_entry_has_a_formula_and_each_formula_an_entry() -> None:
    names = [metric.name for metric in entries()]
    assert names == list(dict.fromkeys(names))
    assert set(names) == set(FORMULAS)


def test_what_splits_by_driver_says_which_kinds_it_reads() -> None:
    for metric in entries():
        if metric.dimensions == "all":
            assert metric.kinds
        if metric.per_30_days == "scaled":
            assert (metric.unit, metric.grain, metric.additive) == ("money", "flow", True)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError) as raised:
        entry("expnsion_mrr")
    assert raised.value.code == "unknown_metric"
    assert raised.value.remedy.startswith("did you mean expansion_mrr")


def test_names_are_asked_once_and_at_least_one() -> None:
    assert [metric.name for metric in chosen(["arr", "arpa", "arr"])] == ["arr", "arpa"]
    with pytest.raises(UsageError, match="no metric is named"):
        chosen([])


BOOK = SmallBook([Move("2026-01-05", "ann", "new", "1")], as_of="2026-03-01")


@pytest.mark.parametrize("dimension", ["driver", "kind"])
@pytest.mark.parametrize("name", [metric.name for metric in entries() if metric.dimensions == "slices"])
def test_balances_and_rates_have_no_driver(name: str, dimension: str) -> None:
    with pytest.raises(UsageError, match=f"{name} cannot be split or filtered by {dimension}"):
        BOOK.ask(name, by=(dimension,))


@pytest.mark.parametrize("name", [metric.name for metric in entries()])
def test_each_metric_answers_and_says_why_if_it_has_no_value(name: str) -> None:
    by = {"customers": ("owner",), "payments": ("currency",), "company": ()}.get(entry(name).dimensions, ("plan",))
    for row in BOOK.ask(name, by=by, month_from="2025-12", month_to="2026-04"):
        assert (row["value"] is None) == (row["reason"] is not None)


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("activation_rate", "plan"),
        ("activation_rate", "currency"),
        ("sales_efficiency", "owner"),
        ("cac_payback_months", "plan"),
        ("actual_revenue", "plan"),
        ("dunning_recovered", "product"),
        ("recurring_revenue", "driver"),
        ("total_revenue", "kind"),
    ],
)
def test_what_has_no_plan_or_is_the_companys_is_not_cut_by_it(name: str, dimension: str) -> None:
    for request in ({"by": (dimension,)}, {"where": f"{dimension} = 'x'"}):
        with pytest.raises(UsageError, match=f"{name} cannot be split or filtered by {dimension}"):
            BOOK.ask(name, **request)


def test_an_unknown_dimension_lists_the_known() -> None:
    with pytest.raises(UsageError) as raised:
        BOOK.ask("closing_mrr", by=("contry",))
    assert raised.value.code == "unknown_dimension"
    assert raised.value.remedy == "did you mean country?"
    assert raised.value.expected is not None
    assert "owner" in raised.value.expected


@pytest.mark.parametrize("name", ["item", "subscription", "amount", "month", "value"])
def test_not_every_column_is_a_dimension(name: str) -> None:
    with pytest.raises(UsageError, match="there is no dimension"):
        BOOK.ask("closing_mrr", by=(name,))
