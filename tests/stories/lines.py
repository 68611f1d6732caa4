"""The lines of a story file: headings at the margin, each with the indented lines below it.

    customer Acme USD                                heading
      2024-01-10  start  Team, 5 seats at ...        its lines; `;` opens a comment

Every line remembers its file and number, so that whatever is wrong with it can say where it stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


class StoryError(Exception):
    """A story that cannot be read; the message opens with file and line."""


@dataclass(frozen=True)
class Line:
    """One line of a story file, without its comment."""

    file: Path
    number: int
    text: str

    def wrong(self, why: object) -> StoryError:
        return StoryError(f"{self.file.name}:{self.number}: {why}")


@dataclass(frozen=True)
class Block:
    """A heading and the indented lines below it."""

    heading: Line
    lines: tuple[Line, ...]

    @property
    def words(self) -> list[str]:
        return self.heading.text.split()

    @property
    def plain(self) -> str:
        """The heading with single spaces."""
        return " ".join(self.words)

    def texts(self, *, until: Line) -> Iterator[str]:
        """Yield the lines up to and with one of them."""
        for line in self.lines:
            yield line.text.strip()
            if line == until:
                return


def meaningful(path: Path) -> Iterator[Line]:
    """Yield the lines of a file without comments and blank lines."""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        kept = re.sub(r"(^|\s);.*", "", text).rstrip()
        if kept:
            yield Line(path, number, kept)


def blocks(lines: Iterable[Line]) -> Iterator[Block]:
    """Put indented lines under their heading."""
    heading: Line | None = None
    below: list[Line] = []
    for line in lines:
        if line.text[0].isspace():
            if heading is None or heading.text.startswith("#"):
                raise line.wrong("a line without a heading")
            below.append(line)
            continue
        if heading is not None:
            yield Block(heading, tuple(below))
        heading, below = line, []
    if heading is not None:
        yield Block(heading, tuple(below))
