"""The commands for who may ask: users and API tokens."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from upswell.errors import UsageError
from upswell.interfaces.cli.app import FormatOption, WorkspaceOption, app, chosen_format, open_chosen
from upswell.interfaces.cli.output import say
from upswell.interfaces.cli.state import AuthorOption

if TYPE_CHECKING:
    from pathlib import Path

    from upswell.state import AccessStore

_DAYS_MAX: Final = 36_500

users_app = typer.Typer(help="Who may ask the server, and what each may do.", no_args_is_help=True)
tokens_app = typer.Typer(help="API tokens, with which programs ask for a user.", no_args_is_help=True)
app.add_typer(users_app, name="users")
app.add_typer(tokens_app, name="tokens")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from stdin, one line, and ask nothing.")
]


@users_app.command("list")
def list_users(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every user, disabled ones too."""
    from upswell.interfaces.cli.show_users import show_users  # noqa: PLC0415

    show_users(open_chosen(workspace, output).access.users(), chosen_format())


@users_app.command("add")
def add_user(
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="viewer, analyst or admin.")],
    password_stdin: PasswordStdinOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a user; the password is asked for and not shown."""
    access, who = _access(workspace, author)
    user = access.add_user(name, _password(from_stdin=password_stdin), role, author=who, at=_now())
    say(f"user {user.name}: {user.role}")


@users_app.command("role")
def set_role(
    name: NameArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="viewer, analyst or admin.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give a user another role; it holds at once, for sessions and tokens too."""
    access, who = _access(workspace, author)
    user = access.set_role(name, role, author=who, at=_now())
    say(f"user {user.name}: {user.role}")


@users_app.command("password")
def set_password(
    name: NameArgument,
    password_stdin: PasswordStdinOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give a user another password; every session of the user ends."""
    access, who = _access(workspace, author)
    user = access.set_password(name, _password(from_stdin=password_stdin), author=who, at=_now())
    say(f"user {user.name} has a new password; sessions with the former one have ended")


@users_app.command("disable")
def disable_user(name: NameArgument, author: AuthorOption = None, workspace: WorkspaceOption = None) -> None:
    """Let a user in no more: sessions end, and tokens stop working."""
    access, who = _access(workspace, author)
    user = access.disable_user(name, author=who, at=_now())
    say(f"user {user.name} is disabled; `upswell users enable` takes it back")


@users_app.command("enable")
def enable_user(name: NameArgument, author: AuthorOption = None, workspace: WorkspaceOption = None) -> None:
    """Let a disabled user in again; the user's tokens work again, too."""
    access, who = _access(workspace, author)
    user = access.enable_user(name, author=who, at=_now())
    say(f"user {user.name} is enabled: {user.role}")


@users_app.command("invite")
def invite(author: AuthorOption = None, workspace: WorkspaceOption = None) -> None:
    """Print a token with which the first admin is made in the browser, once and within an hour."""
    access, who = _access(workspace, author)
    typer.echo(access.invite_admin(author=who, at=_now()))
    say("open http://127.0.0.1:8765/welcome and give it there; it holds once, for an hour")


@tokens_app.command("list")
def list_tokens(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every token, revoked and expired ones too; their secrets are not known any more."""
    from upswell.interfaces.cli.show_users import show_tokens  # noqa: PLC0415

    show_tokens(open_chosen(workspace, output).access.tokens(), chosen_format())


@tokens_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    user: Annotated[str, typer.Option("--user", metavar="USER", help="For whom the program asks.")],
    scope: Annotated[
        str, typer.Option("--scope", metavar="ROLE", help="What it may do: a role, not above that of the user.")
    ],
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="Days until it expires; 0: never.", min=0, max=_DAYS_MAX)
    ] = 90,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a token and print its secret, this once."""
    access, who = _access(workspace, author)
    valid = timedelta(days=days) if days else None
    token, secret = access.add_token(name, user=user, scope=scope, author=who, at=_now(), valid=valid)
    typer.echo(secret)
    until = "it does not expire" if token.expires_at is None else f"until {token.expires_at:%Y-%m-%d %H:%M} UTC"
    say(f"token {token.id} for {token.user} as {token.scope}, {until}; keep the secret, it is not shown again")


@tokens_app.command("revoke")
def revoke_token(
    id: Annotated[int, typer.Argument(metavar="ID", help="As printed by `tokens list`.")],  # noqa: A002 -- its name
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Let a token in no more."""
    access, who = _access(workspace, author)
    token = access.revoke_token(id, author=who, at=_now())
    say(f"token {token.id} ({token.name}) of {token.user} is revoked")


def _access(workspace: Path | None, author: str | None) -> tuple[AccessStore, str]:
    """The users of the chosen workspace, and who is changing them."""
    opened = open_chosen(workspace, None)
    from upswell.workspace.author import this_author  # noqa: PLC0415

    return opened.access, author or this_author()


def _now() -> datetime:
    return datetime.now(UTC)


def _password(*, from_stdin: bool) -> str:
    """A password from a terminal or from stdin; as an argument it would stand in every list of processes."""
    if not from_stdin:
        if not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask for the password",
                code="no_terminal",
                expected="a terminal, or --password-stdin",
                found="neither",
                remedy="give --password-stdin and the password as the first line of stdin",
            )
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return asked
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        # Without what it holds: the error would show bytes of the password.
        raise UsageError(
            "stdin is no text",
            code="stdin_malformed",
            expected="the password in UTF-8, one line",
            found="other bytes",
            remedy="write the password as UTF-8",
        ) from None
