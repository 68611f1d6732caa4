"""The command line: parse, call the workspace, render. Nothing is decided here."""

from __future__ import annotations

import sys

from upswell.errors import ExitCode, UpswellError


def main() -> None:
    """Run the command line and leave with its exit code (`ExitCode`)."""
    from upswell.interfaces.cli import (  # noqa: PLC0415 -- their commands join the others
        closing,  # noqa: F401
        cohorts,  # noqa: F401
        corrections,  # noqa: F401
        durability,  # noqa: F401
        erasure,  # noqa: F401
        exporting,  # noqa: F401
        forecast,  # noqa: F401
        health,  # noqa: F401
        pricing,  # noqa: F401
        propensity,  # noqa: F401
        rates,  # noqa: F401
        revenue,  # noqa: F401
        serving,  # noqa: F401
        signals,  # noqa: F401
        sources,  # noqa: F401
        state,  # noqa: F401
        users,  # noqa: F401
    )
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
