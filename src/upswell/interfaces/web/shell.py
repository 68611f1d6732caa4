"""What every page has around it: head, navigation, the book it speaks of, and how its main part is kept.

A page of figures depends on the book, on what people said of the company, on the models that are kept, and on its
address, and on nothing else: so its main part is rendered once and kept. The frame around it, with the visitor's name
and the proof that forms carry, is made for each visitor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markupsafe import Markup

from upswell.interfaces.markup import environment, metric_label, value_text
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.visitors import CSRF_FIELD, Visitor, desk_of, visitor_of
from upswell.interfaces.web.asking import Scope, address, segment_of
from upswell.interfaces.web.assets import asset_address, digest_of_assets
from upswell.metrics.catalogue import entries
from upswell.metrics.labels import DRIVER_LABELS, KIND_LABELS
from upswell.money.amount import display_text

NAVIGATION: Final = (
    ("/", "Overview"),
    ("/expansion", "Expansion"),
    ("/movements", "Movements"),
    ("/retention", "Retention"),
    ("/cohorts", "Cohorts"),
    ("/durability", "Durability"),
    ("/forecast", "Forecast"),
    ("/pricing", "Pricing"),
    ("/signals", "Signals"),
    ("/health", "Health"),
    ("/opportunities", "Opportunities"),
    ("/offers", "Offers"),
    ("/customers", "Customers"),
    ("/definitions", "Definitions"),
    ("/reconcile", "Reconcile"),
    ("/closings", "Closings"),
    ("/data", "Data"),
    ("/settings", "Settings"),
)


@dataclass(frozen=True)
class View:
    """A page of figures: its template, what its title says, and how the answers in it come about."""

    template: str
    title: str
    context: Callable[[Scope], Mapping[str, Any]]


@cache
def templates() -> Environment:
    """The environment of the pages' templates."""
    made = environment(lambda name: files("upswell.interfaces.web.templates").joinpath(name).read_text("utf-8"))
    made.filters.update(part=segment_of)
    made.globals.update(
        address=address,
        asset=asset_address,
        value_text=value_text,
        money_text=lambda value, currency: display_text(value, currency=currency),
        catalogue={entry.name: entry for entry in entries()},
        metric_label=metric_label,
        kinds=KIND_LABELS,
        drivers=DRIVER_LABELS,
    )
    return made


def figures_page(request: Request, view: View) -> Response:
    """A page that depends on book, state and address alone; its main part is kept under these."""
    scope = Scope.of(request)
    key = key_of(view, scope)
    visitor = visitor_of(request)
    who = "" if visitor is None else f"{visitor.name} {visitor.role} {visitor.csrf}"
    tag = '"' + hashlib.sha256(f"{key!r} {who} {digest_of_assets()}".encode()).hexdigest()[:32] + '"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    desk = desk_of(request)
    main = main_part(desk, view, scope)
    response = framed(request, view.title, Markup(main), scope=scope)
    if desk.kept.holds(key):
        response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def main_part(desk: Desk, view: View, scope: Scope) -> str:
    """The main part of a page of figures: the one that is kept, or one that is kept from now on. What tells of a
    problem is not: book, state and address may be the same when it is gone.
    """
    context: Mapping[str, Any] = {}

    def make() -> str:
        nonlocal context
        context = view.context(scope)
        return render(view.template, scope=scope, **context)

    return desk.kept.get(key_of(view, scope), make, lasts=lambda: context.get("problem") is None)


def key_of(view: View, scope: Scope) -> tuple[object, ...]:
    """All that the main part of a page of figures depends on."""
    book, settings = scope.book, scope.workspace.settings.model_dump_json()
    return (
        *(book.book_id, book.created_at.isoformat(), scope.workspace.state.version(), settings),
        *(scope.workspace.models_kept(), scope.workspace.today()),
        *(view.template, scope.path, tuple(sorted(scope.query.items()))),
    )


def page(request: Request, template: str, title: str, *, status: int = 200, **context: Any) -> Response:
    """A page that is made for this request alone."""
    visitor = visitor_of(request)
    main = render(template, visitor=visitor, form_proof=form_proof(visitor), **context)
    return framed(request, title, Markup(main), scope=context.get("scope"), status=status)


def framed(request: Request, title: str, main: Markup, *, scope: Scope | None = None, status: int = 200) -> Response:
    """The main part in its frame."""
    visitor = visitor_of(request)
    text = (
        templates()
        .get_template("frame.html.j2")
        .render(
            title=title,
            main=main,
            scope=scope,
            visitor=visitor,
            form_proof=form_proof(visitor),
            company=desk_of(request).folder.resolve().name,
            navigation=NAVIGATION,
            path=request.url.path,
        )
    )
    return HTMLResponse(text, status_code=status)


def render(template: str, **context: Any) -> str:
    """The main part of a page."""
    return templates().get_template(template).render(**context)


@cache
def rendered() -> str:
    """A text that is another whenever a template is."""
    texts = [each.read_text("utf-8") for each in files("upswell.interfaces.web.templates").iterdir() if each.is_file()]
    return hashlib.sha256("".join(sorted(texts)).encode()).hexdigest()


def form_proof(visitor: Visitor | None) -> Markup:
    """The hidden field that shows a form to be of a page of ours."""
    value = "" if visitor is None else visitor.csrf
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, value)
