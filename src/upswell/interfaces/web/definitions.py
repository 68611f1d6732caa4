"""Definitions, reconciliation, closings: what the number means, what it agrees with, and what was reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from upswell.errors import QuestionEndedError, UpswellError
from upswell.interfaces.server.problems import without_folder
from upswell.interfaces.server.visitors import Asking, AtDesk, desk_of, needs, require_form_of_ours, visitor_of
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page, form_proof, framed, main_part, page, render
from upswell.metrics.catalogue import entries
from upswell.metrics.months import Month
from upswell.workspace.closing import Restatement, latest
from upswell.workspace.comparing import COMPARED_METRICS

_BRIDGED: Final = (
    "expansion_mrr",
    "net_expansion_mrr",
    "new_mrr",
    "contraction_mrr",
    "churned_mrr",
    "reactivation_mrr",
)
_PARTS: Final = 20
_Answer = TypeVar("_Answer")
router = APIRouter(include_in_schema=False)


def attempted(scope: Scope, ask: Callable[[], _Answer]) -> tuple[_Answer | None, Mapping[str, Any] | None]:
    """An answer, or why there is none: for a part of a page whose other parts stand without it."""
    try:
        return ask(), None
    except QuestionEndedError:
        raise
    except UpswellError as error:
        return None, without_folder(error.as_dict(), scope.workspace.folder)


@router.get("/definitions", dependencies=[needs("viewer")])
def definitions(request: Request) -> Response:
    """A month under every policy of the book, with the bridge from one to another; and what the book lacks."""
    scope, visitor = Scope.of(request), visitor_of(request)
    held = _held(scope)
    lacking = [found.policy.name for found in scope.workspace.policies() if found.policy.name not in held]
    figures = main_part(desk_of(request), VIEW, scope)
    # Its form is the visitor's own, so this part is not kept.
    rest = render(
        "definitions_catalogue.html.j2",
        scope=scope,
        lacking=lacking,
        visitor=visitor,
        form_proof=form_proof(visitor),
        entries=entries(),
    )
    return framed(request, VIEW.title, Markup(figures + rest), scope=scope)


def _held(scope: Scope) -> list[str]:
    return [record.name for record in scope.book.policies]


def _figures(scope: Scope) -> Mapping[str, Any]:
    held = _held(scope)
    figures = {
        name: {
            row["metric"]: row
            for row in scope.workspace.metrics(
                COMPARED_METRICS, month_from=scope.month, month_to=scope.month, policy=name
            ).to_pylist()
        }
        for name in held
    }
    target = scope.query.get("with")
    metric = scope.query.get("metric", "expansion_mrr")
    comparison, problem = None, None
    if target is not None:
        comparison, problem = attempted(
            scope,
            lambda: scope.workspace.compare_policies(
                [scope.policy or held[0], target],
                month_from=scope.month,
                month_to=scope.month,
                metric=metric,
                details=_PARTS,
            ),
        )
    return {
        "held": held,
        "figures": figures,
        "metrics": COMPARED_METRICS,
        "bridged": _BRIDGED,
        "base": scope.policy or held[0],
        "target": target,
        "metric": metric,
        "month": None if comparison is None else comparison.months[0],
        "problem": problem,
    }


VIEW: Final = View("definitions.html.j2", "Definitions", _figures)


@router.post("/definitions/build", dependencies=[needs("analyst")])
def build_policies(
    desk: AtDesk, visitor: Asking, policies: Annotated[list[str], Form()], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Build a book that holds more policies."""
    require_form_of_ours(visitor, csrf)
    held = [record.name for record in desk.answers().book().policies]
    job = desk.jobs.start(
        [{"do": "build", "policies": [*held, *policies]}],
        what=f"a book with {', '.join(policies)}",
        author=visitor.name,
        after=lambda _: desk.book_built(),
    )
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.get("/reconcile", dependencies=[needs("viewer")])
def reconcile(request: Request) -> Response:
    """A month of the book beside what the billing system says, and every cent between."""
    return figures_page(request, View("reconcile.html.j2", "Reconcile", _reconcile))


def _reconcile(scope: Scope) -> Mapping[str, Any]:
    sources = [name for name, _ in scope.workspace.sources()]
    against = scope.query.get("against") or (sources[0] if sources else None)
    months, problem = None, None
    if against is not None:
        months, problem = attempted(
            scope, lambda: scope.workspace.reconcile(scope.month, against=against, policy=scope.policy)
        )
    return {"sources": sources, "against": against, "months": months, "problem": problem, "shown": _PARTS}


@router.get("/closings", dependencies=[needs("viewer")])
def closings(request: Request) -> Response:
    """Which months are closed, and what became of what they reported."""
    scope = Scope.of(request)
    entered = scope.workspace.closings()
    closed = latest(entered)
    found = {month: attempted(scope, partial(_restatement, scope, month)) for month in reversed(closed)}
    return page(
        request,
        "closings.html.j2",
        "Closings and restatements",
        scope=scope,
        entered=entered,
        found=found,
        open_months=[month for month in scope.months if month <= scope.last_complete and month not in closed],
        corrections=scope.workspace.corrections(),
    )


def _restatement(scope: Scope, month: str) -> Restatement:
    return scope.workspace.restatements(month)[0]


@router.post("/closings", dependencies=[needs("analyst")])
def close(
    desk: AtDesk, visitor: Asking, month: Annotated[str, Form(max_length=7)], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Close a month."""
    require_form_of_ours(visitor, csrf)
    closed = desk.workspace.close(month, author=visitor.name)
    return RedirectResponse(f"/closings#m{closed.month}", status_code=303)


@router.post("/closings/reopen", dependencies=[needs("analyst")])
def reopen(
    desk: AtDesk,
    visitor: Asking,
    month: Annotated[str, Form(max_length=7)],
    reason: Annotated[str, Form(max_length=1000)],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Open a closed month again."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.reopen(str(Month.parse(month)), reason=reason, author=visitor.name)
    return RedirectResponse("/closings", status_code=303)
