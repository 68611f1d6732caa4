"""The command line: parse, call the workspace, render. Nothing is decided here."""

from __future__ import annotations

import sys

from upswell.errors import ExitCode, UpswellError


def main() -> None:
    """Run the command line and leave with its exit code (`ExitCode`)."""
    from upswell.interfaces.cli import sources  # noqa: F401, PLC0415 -- its commands join the others
    from upswell.interfaces.cli.app import app  # noqa: PLC0415 -- a broken install still prints an error
    from upswell.interfaces.cli.output import print_error  # noqa: PLC0415

    try:
        app()
    except UpswellError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing to say, and nobody to say it to.
        sys.stderr.close()
        sys.exit(ExitCode.DONE)
