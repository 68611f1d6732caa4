"""The commands of the list: whom to speak with, whom to leave alone, what a product may show, handing over to sales."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.errors import UsageError
from upswell.interfaces.cli.app import (
    FormatOption,
    OutputOption,
    PolicyOption,
    SegmentOption,
    WorkspaceOption,
    app,
    choose,
    chosen_format,
    open_chosen,
)
from upswell.interfaces.cli.cohorts import WhereOption
from upswell.interfaces.cli.output import say
from upswell.interfaces.cli.state import AuthorOption

opportunities_app = typer.Typer(
    help="Whom to speak with next, and why; `opportunities leave-alone` says whom not to.", invoke_without_command=True
)
app.add_typer(opportunities_app, name="opportunities")

OwnerOption = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Of this owner alone.")]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", help="So many.", min=1)]
CustomerArgument = Annotated[str, typer.Argument(metavar="CUSTOMER", help="A customer's id.")]


@opportunities_app.callback()
def opportunities(
    context: typer.Context,
    owner: OwnerOption = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    for_sales: Annotated[
        bool, typer.Option("--for-sales", help="Those large enough for sales, and those handed over.")
    ] = False,
    limit: LimitOption = 50,
    policy: PolicyOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Whom to speak with next, and why; `opportunities leave-alone` says whom not to."""
    choose(workspace, output)
    if context.invoked_subcommand is not None:
        _refuse_options_of_the_list(context)
        return
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_opportunities import show_opportunities  # noqa: PLC0415

    opened = open_chosen(None, None)
    answer = opened.opportunities(
        limit=limit, owner=owner, where=where, segment=segment, for_sales=for_sales, policy=policy
    )
    if file is None:
        show_opportunities(answer, opened.book(), chosen_format())
    else:
        write_answer(opened, answer, file)


@opportunities_app.command("leave-alone")
def leave_alone(
    owner: OwnerOption = None,
    guardrail: Annotated[
        str | None, typer.Option("--guardrail", metavar="NAME", help="Because of this one alone: customer_cap ...")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    limit: LimitOption = 50,
    policy: PolicyOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Whom to leave alone: every guardrail that keeps offers back, why, and until when."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_opportunities import show_leave_alone  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    answer = opened.leave_alone(
        limit=limit, owner=owner, guardrail=guardrail, where=where, segment=segment, policy=policy
    )
    if file is None:
        show_leave_alone(answer, opened.book(), chosen_format())
    else:
        write_answer(opened, answer, file)


@opportunities_app.command("offer")
def offer(
    customer: CustomerArgument,
    channel: Annotated[str, typer.Option("--channel", metavar="C", help="Where it is shown.")] = "in_app",
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """The one offer that may be made to a customer now, with its price, or none and why."""
    from upswell.interfaces.cli.show_opportunities import show_offer  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    show_offer(opened.offer_for(customer, channel=channel, policy=policy), chosen_format())


@opportunities_app.command("hand-over")
def hand_over(
    customer: CustomerArgument,
    to: Annotated[str | None, typer.Option("--to", metavar="OWNER", help="Who takes it over.")] = None,
    from_owner: Annotated[
        str | None, typer.Option("--from", metavar="OWNER", help="With --to: who has it and gives it on.")
    ] = None,
    status: Annotated[
        str | None, typer.Option("--close", metavar="STATUS", help="Close it instead: won, lost or returned.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="With --close: why.")] = None,
    author: AuthorOption = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Hand the opportunity of a customer to one owner, who has it until it is won, lost or returned."""
    opened = open_chosen(workspace, None)
    if (to is None) == (status is None):
        raise UsageError(
            "an opportunity is either handed over or closed",
            code="handover_mixed",
            expected="--to OWNER, or --close won, lost or returned",
            found="both" if to else "neither",
            remedy="give one of the two",
        )
    for value, name, beside, other in ((reason, "--reason", status, "--close"), (from_owner, "--from", to, "--to")):
        if value is not None and beside is None:
            raise UsageError(
                f"{name} belongs to {other}",
                code="handover_mixed",
                expected=f"{other} with {name}",
                found=f"{name} without {other}",
                remedy=f"leave {name} out, or add {other}",
            )
    if status is not None:
        row = opened.close_handover(customer, status=status, reason=reason, author=author)
        say(f"{row.customer_id}: {row.offer} is {row.status}, it was with {row.owner}")
    elif to is not None:
        row = opened.hand_over(customer, to=to, from_owner=from_owner, author=author, policy=policy)
        say(f"{row.customer_id}: {row.offer} is with {row.owner}")


@opportunities_app.command("handovers")
def handovers(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help="Of this customer.", show_default="all")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Every step of every handover to sales, oldest first."""
    from upswell.interfaces.cli.show_opportunities import show_handovers  # noqa: PLC0415

    show_handovers(open_chosen(workspace, output).handovers(customer), chosen_format())


def _refuse_options_of_the_list(context: typer.Context) -> None:
    """Options that stand before a command are of the list, and would be lost in silence."""
    given = [
        f"--{'output' if name == 'file' else name.replace('_', '-')}"
        for name in ("owner", "where", "segment", "for_sales", "limit", "policy", "file")
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            f"{', '.join(given)} before `{context.invoked_subcommand}` says nothing to it",
            code="questions_mixed",
            expected=f"options of `{context.invoked_subcommand}` after it",
            found=f"{given[0]} before it",
            remedy=f"write `upswell opportunities {context.invoked_subcommand} {given[0]} ...`",
        )
