"""What an import and an undo report: counts of rows by what became of them.

For each file, rows_read = added + changed + unchanged + held_back. A file of three rows of which
one is new, one known and one has the price "19,99" reads 3: added 1, unchanged 1, held back 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from upswell.contract.findings import Finding


@dataclass(frozen=True)
class FileResult:
    """What one file did. `withdrawn` rows are former ones that a `replace` did not list again.

    `findings` are the first of them only; `upswell quarantine` lists all.
    """

    import_id: str
    file: str
    rows_read: int
    added: int
    changed: int
    unchanged: int
    withdrawn: int
    held_back: int
    findings: tuple[Finding, ...]
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True)
class ImportResult:
    """What a call of one or more files did, or with `dry_run` would do.

    `conflicts_elsewhere` are findings on rows of earlier imports that these files now contradict;
    `conflict_rows_elsewhere` counts those rows, of which the findings are the first. `released` counts earlier rows
    that were in conflict and no longer are. `kept_for_unreadable` counts former rows that a `replace` would have
    withdrawn, and kept only because a row held back could not be read well enough to say whose it is.
    """

    table: str
    source: str
    replace: bool
    dry_run: bool
    files: tuple[FileResult, ...]
    conflicts_elsewhere: tuple[Finding, ...] = ()
    released: int = 0
    conflict_rows_elsewhere: int = 0
    kept_for_unreadable: int = 0

    @property
    def import_ids(self) -> tuple[str, ...]:
        """Identities of the imports, one for each file, in the order given."""
        return tuple(each.import_id for each in self.files)

    @property
    def rows_read(self) -> int:
        """Records read over all files."""
        return sum(each.rows_read for each in self.files)

    @property
    def added(self) -> int:
        """Rows whose key was not in force before."""
        return sum(each.added for each in self.files)

    @property
    def changed(self) -> int:
        """Rows that replaced an earlier one of the same key."""
        return sum(each.changed for each in self.files)

    @property
    def unchanged(self) -> int:
        """Rows that were known as they are."""
        return sum(each.unchanged for each in self.files)

    @property
    def withdrawn(self) -> int:
        """Rows in force before that the files no longer list."""
        return sum(each.withdrawn for each in self.files)

    @property
    def held_back(self) -> int:
        """Rows of these files in quarantine."""
        return sum(each.held_back for each in self.files)

    @property
    def rows_held_back(self) -> int:
        """Rows that this import put in quarantine: its own, and earlier ones that now contradict it."""
        return self.held_back + self.conflict_rows_elsewhere

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The first findings of each file."""
        return tuple(finding for each in self.files for finding in each.findings)


@dataclass(frozen=True)
class UndoResult:
    """What undoing an import did: rows no longer in force, and rows that are again.

    `conflicts` are findings on rows that contradict each other now and did not before.
    """

    import_id: str
    file: str
    table: str
    source: str
    removed: int
    restored: int
    conflicts: tuple[Finding, ...] = ()
