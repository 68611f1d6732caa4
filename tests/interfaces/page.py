"""Reading a page back with the standard library: its elements, what can be read on it, its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


@dataclass
class Element:
    """An element with its attributes and what is inside it, texts and elements in order."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """Every element below with one of `tags` (any, if none is given), in the order of the page."""
        for each in self.inside:
            if isinstance(each, Element):
                if not tags or each.tag in tags:
                    yield each
                yield from each.all(*tags)

    def by_id(self, name: str) -> Element:
        [found] = [each for each in self.all() if each.attributes.get("id") == name]
        return found

    @property
    def text(self) -> str:
        """What can be read, white space made single."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            elif each.tag != "style":
                yield from each._texts()
                yield " "

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table as texts, without what a cell keeps folded up."""
        return [[_cell(cell) for cell in row.all("th", "td")] for row in self.all("tr")]


def _cell(cell: Element) -> str:
    folded = list(cell.all("details"))
    return next(folded[0].all("summary")).text if folded and cell.tag == "th" else cell.text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        # Each element is closed by its own end: the page is well formed.
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def parsed(html: str) -> Element:
    """The page as a tree; fails the test if an element is not closed by its own end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    [document] = reader.open
    return document
