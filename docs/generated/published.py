"""docs/published-examples.md: what others print, beside the story that tells it and is played by the tests.

Upswell's figures on the page are the story's own text (`tests/stories/published.story`): the tests play it through
import and build, so the page cannot say what the program does not do. What others print is data (`published.toml`).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from docs.generated.tables import code, markdown_table

_HERE: Final = Path(__file__).parent
_STORIES: Final = _HERE.parent.parent / "tests" / "stories" / "published.story"
_POLICY: Final = re.compile(r"^(?:policy|(?:movements|metrics) .*under) (?P<name>\S+)$", re.MULTILINE)


class Example(BaseModel):
    """One example as it is printed elsewhere; the fields are explained at the head of `published.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    story: str
    by: str
    prints: str
    figures: tuple[str, ...]
    agrees: bool
    note: str = ""


def examples() -> tuple[Example, ...]:
    """Every example in the order of the page."""
    return tuple(Example.model_validate(each) for each in tomllib.loads(_text("published.toml"))["example"])


def stories() -> dict[str, str]:
    """The text of each story by its title, without comments."""
    text = re.sub(r"^;.*\n", "", _STORIES.read_text("utf-8"), flags=re.MULTILINE)
    parts = re.split(r"^# (.+)\n", text, flags=re.MULTILINE)[1:]
    return {title: body.strip("\n") for title, body in zip(parts[::2], parts[1::2], strict=True)}


def overview() -> str:
    """One line for each example: who prints what, the policies it is told under, whether Upswell prints the same."""
    told = stories()
    rows = [
        [
            f"[{each.story}](#{_anchor(each.story)})",
            each.by,
            each.prints,
            ", ".join(code(name) for name in policies_of(told[each.story])),
            "the same" if each.agrees else "other figures",
        ]
        for each in examples()
    ]
    return markdown_table(("example", "published by", "what is printed there", "told under", "Upswell prints"), rows)


def sections() -> str:
    """A section for each example: who prints what, and its story with every figure that Upswell prints."""
    told = stories()
    return "\n\n".join(_section(each, told[each.story]) for each in examples())


def policies_of(story: str) -> list[str]:
    """The policies a story is told under: its own first (strict unless it says so), then those it compares."""
    own = re.search(r"^policy (\S+)$", story, flags=re.MULTILINE)
    named = [found["name"] for found in _POLICY.finditer(story)]
    return list(dict.fromkeys([own[1] if own else "strict", *named]))


def _section(example: Example, story: str) -> str:
    said = [f"### {example.story}", f"{example.by}: {example.prints}."]
    return "\n\n".join([*said, *([example.note] if example.note else []), f"```text\n{story}\n```"])


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
