"""The commands for offers: what they are, what came of them, and what they change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upswell.errors import UsageError
from upswell.interfaces.cli.app import (
    FormatOption,
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

offers_app = typer.Typer(
    help="Offers: what is offered to whom, what came of it, and what that changed.", invoke_without_command=True
)
app.add_typer(offers_app, name="offers")

FirstDayOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="Made on or after: YYYY-MM-DD, or YYYY-MM.")
]
LastDayOption = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="Made on or before: YYYY-MM-DD, or YYYY-MM.")
]


@offers_app.callback()
def offers(context: typer.Context, workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """List every offer, retired ones too."""
    choose(workspace, output)
    if context.invoked_subcommand is None:
        from upswell.interfaces.cli.show_contacts import show_offers  # noqa: PLC0415

        show_offers(open_chosen(None, None).offers(), chosen_format())


@offers_app.command("list")
def list_offers(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every offer, retired ones too."""
    from upswell.interfaces.cli.show_contacts import show_offers  # noqa: PLC0415

    show_offers(open_chosen(workspace, output).offers(), chosen_format())


@offers_app.command("save")
def save_offer(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.toml]", help="A TOML file with the offer; else give options.")
    ] = None,
    *,
    name: Annotated[str | None, typer.Option(help="Letters, digits, -, _ and .")] = None,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    text: Annotated[str | None, typer.Option(help="What the customer reads.")] = None,
    what: Annotated[str | None, typer.Option(help="seats, upgrade, addon, cross_sell, yearly or other.")] = None,
    plan: Annotated[str | None, typer.Option(metavar="ID", help="The plan that is offered.")] = None,
    product: Annotated[str | None, typer.Option(metavar="ID", help="The product that is offered.")] = None,
    where: WhereOption = None,
    channel: Annotated[list[str] | None, typer.Option(metavar="C", help="email, in_app ... Repeatable.")] = None,
    discount: Annotated[str | None, typer.Option(metavar="PERCENT", help="Off the list price.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    starts_on: Annotated[str | None, typer.Option("--from", metavar="DAY", help="Its first day.")] = None,
    ends_on: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Its last day.")] = None,
    priority: Annotated[int | None, typer.Option(metavar="N", help="The lowest goes first; 100 if unsaid.")] = None,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Save an offer, in place of a former version of it; --where says who is eligible."""
    from upswell.growth.offers import offer_given, read_offer  # noqa: PLC0415

    given = {
        "name": name,
        "title": title,
        "text": text,
        "what": what,
        "plan_id": plan,
        "product_id": product,
        "eligibility": where,
        "channels": channel,
        "discount_percent": discount,
        "owner": owner,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "priority": priority,
    }
    said: dict[str, object] = {part: value for part, value in given.items() if value is not None}
    if file is not None and said:
        raise UsageError(
            "an offer is a file or options, not both",
            code="offer_said_twice",
            expected="FILE.toml alone, or options alone",
            found=f"{file} and {', '.join(said)}",
            remedy="write it into the file",
        )
    draft = read_offer(file) if file is not None else offer_given(said, where="options")
    saved = open_chosen(workspace, None).save_offer(draft, author=author)
    say(f"offer {saved.name}: {saved.title}")


@offers_app.command("retire")
def retire_offer(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As printed by `offers list`.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make an offer no more; it stays for what was said of it, and `save` brings it back."""
    retired = open_chosen(workspace, None).retire_offer(name, author=author)
    say(f"offer {retired.name} is retired")


@offers_app.command("funnel")
def funnel(
    by: Annotated[
        str, typer.Option(metavar="DIM", help="offer, channel, author, owner, country, mrr_band ...")
    ] = "offer",
    *,
    first: FirstDayOption = None,
    last: LastDayOption = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Shown, clicked, accepted, declined, expanded within 90 days, still there after 180; where people hesitate."""
    from upswell.interfaces.cli.show_contacts import show_funnel  # noqa: PLC0415
    from upswell.interfaces.plain.days import day_of  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    answer = opened.offer_funnel(
        by=by,
        where=where,
        segment=segment,
        first=day_of(first, "--from", last=False),
        last=day_of(last, "--to", last=True),
        policy=policy,
    )
    show_funnel(answer, opened.settings.currency, chosen_format())


@offers_app.command("effect")
def effect(
    what: Annotated[str | None, typer.Option(metavar="WHAT", help="Of this kind alone: seats, upgrade ...")] = None,
    *,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """What being offered something changed within 90 days, against the families held out."""
    from upswell.interfaces.cli.show_contacts import show_effect  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    show_effect(opened.offer_effect(what=what, policy=policy), opened.settings.currency, chosen_format())
