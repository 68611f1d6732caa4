"""What `import upswell` promises: these names and no others."""

from __future__ import annotations

import inspect

import pytest

import upswell
from upswell.errors import UpswellError
from upswell.workspace import Workspace, init, open_workspace

PUBLIC = {"UpswellError", "Workspace", "__version__", "init", "open"}
WORKSPACE = {
    *("import_file", "imports", "undo", "quarantine", "build", "book", "check", "verify", "policy", "policies"),
    *("movements", "metrics", "report", "month_sheet", "revenue", "chart", "compare_policies", "trace"),
    *("sync", "refresh", "import_folder", "receive_webhook", "reconcile"),
    *("movement_batches", "write", "export"),
    *("audit", "add_note", "notes", "save_segment", "segments", "remove_segment", "explain"),
    *("as_of", "close", "reopen", "closings", "closed_month", "restatements"),
    *("correct", "undo_correction", "corrections", "idle_corrections", "forget", "rates"),
    *("forecast", "forecast_chart", "pricing", "pricing_chart"),
    *("opportunities", "leave_alone", "offer_for", "hand_over", "close_handover", "handovers", "models_kept"),
    *("signals", "signal_page", "customer_signals", "signals_overview", "signal_catalogue"),
    *("durability", "durability_chart", "expansions_at_risk", "expanders"),
    *("propensity", "propensity_backtest", "fit_propensity", "health", "scorecard", "health_points"),
    *("cohorts", "cohort_chart", "retention", "retention_mistakes"),
    *("movement_page", "customers", "customer", "trailing", "months", "dimensions", "largest_expansions"),
    *("peek", "sources", "pinned", "today"),
    *("offers", "save_offer", "retire_offer", "offer_funnel", "offer_effect", "touches", "add_touch", "add_outcome"),
    *("quiet", "add_quiet", "end_quiet", "suppressions", "suppression_counts", "recent_days"),
}


def test_the_exported_names_are_exactly_all() -> None:
    assert set(upswell.__all__) == PUBLIC
    assert all(hasattr(upswell, name) for name in PUBLIC)
    # Submodules and what typing needs are attributes too; nothing else of ours may be.
    ours = {name for name in vars(upswell) if not name.startswith("_") and not inspect.ismodule(getattr(upswell, name))}
    assert ours - {"TYPE_CHECKING", "Any", "annotations"} <= PUBLIC


def test_names_lead_to_what_they_say() -> None:
    assert (upswell.init, upswell.open, upswell.Workspace) == (init, open_workspace, Workspace)
    assert upswell.UpswellError is UpswellError


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'upswell' has no attribute 'opne'"):
        upswell.opne  # noqa: B018 -- looking it up is the test


def test_a_workspace_can_do_exactly_this() -> None:
    methods = {name for name, _ in inspect.getmembers(Workspace, inspect.isfunction) if not name.startswith("_")}
    assert methods == WORKSPACE
    properties = {name for name, _ in inspect.getmembers(Workspace, lambda member: isinstance(member, property))}
    assert properties == {"state", "access", "growth_state", "standing"}


def test_options_are_keyword_only() -> None:
    """One leading argument says what it is about; everything else is named at the call."""
    for name in WORKSPACE:
        parameters = list(inspect.signature(getattr(Workspace, name)).parameters.values())[1:]
        positional = [each.name for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]
        assert len(positional) <= 1, name
    assert [each.name for each in inspect.signature(init).parameters.values()] == [
        *("path", "currency", "timezone", "policy"),
    ]


def test_every_public_callable_is_documented() -> None:
    documented = [init, open_workspace, Workspace, *(getattr(Workspace, name) for name in WORKSPACE)]
    assert all(inspect.getdoc(each) for each in documented)
