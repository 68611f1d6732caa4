"""The commands for contacts: whom was made which offer, what came of it, and whom to leave alone."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from upswell.errors import UsageError
from upswell.interfaces.cli.app import (
    FormatOption,
    PolicyOption,
    WorkspaceOption,
    app,
    choose,
    chosen_format,
    open_chosen,
)
from upswell.interfaces.cli.output import say
from upswell.interfaces.cli.state import AuthorOption

EVERYBODY: Final = "everybody"

touches_app = typer.Typer(
    help="Contacts with customers, what came of them, and whom to leave alone.", invoke_without_command=True
)
app.add_typer(touches_app, name="touches")

_NumberArgument = Annotated[
    int, typer.Argument(metavar="TOUCH", min=1, max=2**31 - 1, help="As printed by `touches list`.")
]


@touches_app.callback()
def touches(context: typer.Context, workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """List every contact, imported or recorded, each once."""
    choose(workspace, output)
    if context.invoked_subcommand is None:
        from upswell.interfaces.cli.show_contacts import show_touches  # noqa: PLC0415

        show_touches(open_chosen(None, None).touches(), chosen_format())


@touches_app.command("list")
def list_touches(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help="Only those with it.")] = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Every contact, imported or recorded, each once."""
    from upswell.interfaces.cli.show_contacts import show_touches  # noqa: PLC0415

    show_touches(open_chosen(workspace, output).touches(customer, policy=policy), chosen_format())


@touches_app.command("add")
def add_touch(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="A saved offer, or seats, upgrade, addon ...")],
    *,
    outcome: Annotated[
        str | None, typer.Option(metavar="O", help="clicked, accepted, declined or ignored, if it is known.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in the customer's words.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="C", help="email, in_app, call ...")] = None,
    discount: Annotated[str | None, typer.Option(metavar="PERCENT", help="The discount that was offered.")] = None,
    at: Annotated[str | None, typer.Option(metavar="T", help="When; default: now.")] = None,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Record that a customer was made an offer."""
    from upswell.interfaces.plain.contacts import moment_of, percent_of  # noqa: PLC0415
    from upswell.metrics.suggest import unknown_name  # noqa: PLC0415
    from upswell.state import OUTCOMES  # noqa: PLC0415

    opened = open_chosen(workspace, None)
    if outcome is not None and outcome not in OUTCOMES:
        # Before anything is kept: a touch that is recorded twice counts twice.
        raise unknown_name("outcome", outcome, known=OUTCOMES, code="outcome_unknown")
    if reason is not None and outcome is None:
        raise UsageError(
            "--reason says why of an outcome, and none is given",
            code="questions_mixed",
            expected="--outcome with --reason",
            found="--reason alone",
            remedy="add --outcome, or leave --reason out",
        )
    touch = opened.add_touch(
        customer,
        offer=offer,
        at=moment_of(at, "--at"),
        channel=channel,
        discount_percent=percent_of(discount, "--discount"),
        author=author,
    )
    if outcome is not None:
        # Whoever records both says what came of it then.
        opened.add_outcome(touch.id, outcome=outcome, reason=reason, at=touch.at, author=author)
    say(f"touch {touch.id}: {touch.customer_id} was offered {touch.offer}{f', {outcome}' if outcome else ''}")


@touches_app.command("outcome")
def add_outcome(
    touch: _NumberArgument,
    outcome: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="clicked, accepted, declined, ignored, or withdrawn: never was.")
    ],
    reason: Annotated[str | None, typer.Option(help="Why, in the customer's words.")] = None,
    at: Annotated[str | None, typer.Option(metavar="T", help="When the answer came; default: now.")] = None,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Say what came of a touch; the last that is said rules."""
    from upswell.interfaces.plain.contacts import moment_of  # noqa: PLC0415

    opened, when = open_chosen(workspace, None), moment_of(at, "--at")
    said = opened.add_outcome(touch, outcome=outcome, reason=reason, at=when, author=author)  # type: ignore[arg-type]
    say(f"touch {said.id}: {said.customer_id}, {said.offer}: {said.outcome}")


@touches_app.command("quiet")
def add_quiet(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id, or everybody.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    *,
    opt_out: Annotated[bool, typer.Option("--opt-out", help="The customer wants no offers.")] = False,
    incident: Annotated[bool, typer.Option("--incident", help="Something went wrong for the customer.")] = False,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day; default: now.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAY", help="The day on which it is over; default: until it is ended.")
    ] = None,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Leave a customer alone."""
    from upswell.interfaces.plain.days import day_of  # noqa: PLC0415

    if opt_out and incident:
        raise UsageError(
            "a quiet time is an opt-out or an incident, not both",
            code="questions_mixed",
            expected="--opt-out or --incident, or neither",
            found="--opt-out with --incident",
            remedy="enter one after the other",
        )
    opened = open_chosen(workspace, None)
    quiet = opened.add_quiet(
        None if customer == EVERYBODY else customer,
        kind="opt_out" if opt_out else "incident" if incident else "leave_alone",
        reason=reason,
        starts_on=day_of(first, "--from", last=False),
        until=day_of(until, "--until", last=False),
        author=author,
    )
    until_said = "until it is ended" if quiet.until is None else f"until {quiet.until}"
    if quiet.until is None and quiet.kind == "incident":
        until_said = f"for {opened.settings.growth.days_after_incident} days"
    say(f"quiet {quiet.id}: {quiet.customer_id or EVERYBODY}, {quiet.kind}, from {quiet.starts_on} {until_said}")


@touches_app.command("unquiet")
def end_quiet(
    number: Annotated[
        int, typer.Argument(metavar="QUIET", min=1, max=2**31 - 1, help="As printed by `touches quiet-list`.")
    ],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """End a quiet time."""
    quiet = open_chosen(workspace, None).end_quiet(number, author=author)
    say(f"quiet {quiet.id} is ended: {quiet.customer_id or EVERYBODY}")


@touches_app.command("quiet-list")
def list_quiet(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every quiet time that somebody entered, ended ones too."""
    from upswell.interfaces.cli.show_contacts import show_quiet  # noqa: PLC0415

    show_quiet(open_chosen(workspace, output).quiet(), chosen_format())


@touches_app.command("suppressions")
def suppressions(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help="Only it.")] = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Whom no offer may be made to now, why, and until when."""
    from upswell.interfaces.cli.show_contacts import show_suppressed  # noqa: PLC0415

    show_suppressed(open_chosen(workspace, output).suppressions(customer, policy=policy), chosen_format())


@touches_app.command("guardrails")
def guardrails(
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; default: 30 days before the last.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; default: the book's.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """How many customers each guardrail kept offers from, of what was asked for."""
    from upswell.interfaces.cli.show_contacts import show_guardrails  # noqa: PLC0415
    from upswell.interfaces.plain.days import day_of  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    days = opened.recent_days(first=day_of(first, "--from", last=False), last=day_of(last, "--to", last=True))
    show_guardrails(opened.suppression_counts(first=days[0], last=days[1]), days, chosen_format())
