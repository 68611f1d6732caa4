"""What was known at a time: the imports and corrections in force then, the book's instant, the rules.

A book follows from these, so that any former answer can be given again: as of a closing, whose record fixes them, or as
of an instant, for which the import log tells. Such a book stands beside the current one, in `books/as-of/NAME`, and is
built again where it is lacking, damaged or of another release's format.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from upswell.contract.import_log import ImportEntry
from upswell.errors import UsageError
from upswell.ledger.books import PolicyRecord
from upswell.ledger.corrections import in_force
from upswell.policy import Policy
from upswell.state import Closing, Correction

FOLDER: Final = "as-of"
_CLOSED: Final = "closed-"
# The books of instants that stay; those of closings all do.
_INSTANTS_KEPT: Final = 3


@dataclass(frozen=True)
class Knowledge:
    """What a former book was made of; `name` is its folder, `closing` the closing that fixed it, if one did.

    The first of `policies` is the workspace's policy of then.
    """

    name: str
    as_of: datetime
    imports: tuple[str, ...]
    corrections: frozenset[int]
    policies: tuple[Policy, ...]
    closing: Closing | None = None

    def text(self) -> str:
        """One line for a reader: how an answer stands to what is known today."""
        if self.closing is None:
            return f"as known {self.as_of:%Y-%m-%d %H:%M:%S %Z}"
        return f"as reported: {self.closing.month} closed {self.closing.at:%Y-%m-%d %H:%M} UTC by {self.closing.author}"

    def policy(self, name: str) -> Policy | None:
        """The policy called `name` as it was then."""
        return next((policy for policy in self.policies if policy.name == name), None)


def closed_knowledge(closing: Closing) -> Knowledge:
    """What the closing of a month fixed."""
    record = closing.record
    return Knowledge(
        name=closed_name(closing.month, record["fingerprint"], datetime.fromisoformat(record["as_of"])),
        as_of=datetime.fromisoformat(record["as_of"]),
        imports=tuple(record["imports"]),
        corrections=frozenset(record["corrections"]),
        policies=tuple(PolicyRecord.model_validate(each).policy for each in record["policies"]),
        closing=closing,
    )


def closed_name(month: str, fingerprint: str, as_of: datetime) -> str:
    """The folder of a closed book: the same for the same month and inputs."""
    key = hashlib.sha256(f"{fingerprint} {as_of.astimezone(UTC).isoformat()}".encode()).hexdigest()
    return f"{_CLOSED}{month}-{key[:16]}"


def knowledge_at(
    moment: datetime, entries: Sequence[ImportEntry], corrections: Sequence[Correction], policy: Policy
) -> Knowledge:
    """What was known at `moment`: imports and corrections made by then and not undone by then, under today's rules.

    Raises `UsageError` where there was nothing yet.
    """
    imports = tuple(
        entry.import_id
        for entry in entries
        if entry.at <= moment and (entry.undone_at is None or entry.undone_at > moment)
    )
    if not imports:
        first = min((entry.at for entry in entries), default=None)
        raise UsageError(
            f"nothing was known as of {moment.isoformat()}",
            code="nothing_known",
            where="--as-of",
            expected="a closed month, or a time after the first import",
            found="no import at all" if first is None else f"the first import came at {first:%Y-%m-%d %H:%M:%S %Z}",
            remedy="`upswell imports` lists what came when, `upswell closings` the closed months",
        )
    corrected = frozenset(each.id for each in in_force(each for each in corrections if each.at <= moment))
    key = json.dumps([moment.astimezone(UTC).isoformat(), imports, sorted(corrected)])
    return Knowledge(hashlib.sha256(key.encode()).hexdigest()[:16], moment, imports, corrected, (policy,))


def keep_newest(folder: Path, name: str) -> None:
    """Let the books of instants go that were built before the newest few; `name` stays."""
    instants = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(_CLOSED)]
    newest_first = sorted(instants, key=lambda path: (path.name == name, path.stat().st_mtime), reverse=True)
    for path in newest_first[_INSTANTS_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
