"""What is put in the place of a customer's id, names and attributes, wherever they stand.

    erasure = Erasure(customer="acme", token="forgotten-5f0c", names=("Acme Ltd",), others=("Acme Ltd & Co",))
    erasure.text("Acme Ltd wrote; Acme Ltd & Co did not")   'forgotten-5f0c-name-1 wrote; Acme Ltd & Co did not'
    erasure.identity("acme")                                 'forgotten-5f0c'

A name counts where no letter or digit touches it. The id is replaced where a cell that holds ids is it; in running
text in quotes alone, or where it is long enough to mean nobody else: a plan may be called like a customer, and a
quantity be written like one. An attribute is replaced where it is said of the customer, or quoted in a filter. A name
that is part of another customer's, or of a plan's that others have, stays in there. Case counts as it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

PREFIX: Final = "forgotten-"
# Parts of a document about anything that say where and who a customer is.
ADDRESSES: Final = frozenset(
    {"customer_address", "customer_shipping", "billing_details", "shipping", "previous_attributes"}
)
_ID_LENGTH_MIN: Final = 4
_SIGNS: Final = (" = ", " <> ", " != ", "=", "<>", "!=")
_WORDS_OF_IDS: Final = ("id", "customer", "account", "parent")
# A shorter beginning of a name is anybody's.
_CUT_MIN: Final = 4


@dataclass(frozen=True)
class Erasure:
    """Whom to forget: the id, every name and further text to be gone anywhere, and what stands for them.

    `own` are attributes that nobody else has, with the texts that take their place: gone where they are said of the
    customer. `others` are texts that are said of other customers and contain a name: they stay. `is_common` says that
    something else has the id for a name, a plan or an attribute of others.
    """

    customer: str
    token: str
    names: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    is_common: bool = False

    def named(self, text: str) -> str:
        """A cell that is no id of a customer: names are replaced, the id is not."""
        if not any(each in text for each in self.names):
            return text
        return self._names.sub(self._replaced, text)

    def text(self, text: str) -> str:
        """Running text, such as a note, a filter, a path or a file."""
        if not any(each in text for each in (*self.names, *self.own, self.customer)):
            return text
        return self._texts.sub(self._replaced, text)

    def identity(self, text: str) -> str:
        """A cell that holds the id of a customer."""
        return self.token if text == self.customer else self.named(text)

    def part_of_id(self, text: str) -> str:
        """An id that may be the customer's or made of it, as `acme-team` is."""
        if text.startswith(f"{self.customer}-"):
            return self.token + text.removeprefix(self.customer)
        return self.token if text == self.customer else self.text(text)

    def attribute(self, text: str) -> str:
        """A cell, or a text of a JSON document, that is said of the customer."""
        return self.own.get(text) or (self.token if text == self.customer else self.text(text))

    def person(self, text: str) -> str:
        """A cell that names somebody of the customer's, by a text of theirs or by the customer's id and a number."""
        return self.own.get(text) or self.part_of_id(text)

    def cut_off(self, text: str) -> str:
        """A cell that was shortened to some length, and may end within a name."""
        replaced = self.text(text)
        for each in self.names:
            for length in range(len(each) - 1, _CUT_MIN - 1, -1):
                if replaced.endswith(each[:length]):
                    return f"{replaced[:-length]}{self.token}"
        return replaced

    def line(self, text: str) -> str:
        """A line of a file about customers that could not be read, and what is said in it if it is this one's."""
        replaced = self.text(text)
        cells = re.split(r'[,;\t"|]', text)
        if replaced == text and self.customer not in (cell.strip() for cell in cells):
            return text
        replaced = self._cells.sub(lambda found: self.own.get(found[0], found[0]), replaced)
        return re.sub(rf'(?<![^,;\t"|]){re.escape(self.customer)}(?![^,;\t"|])', self.token, replaced)

    def payload(self, value: Any) -> Any:
        """What a JSON document of ids holds, read, with every text in it replaced."""
        match value:
            case str():
                return self.part_of_id(value)
            case list():
                return [self.payload(each) for each in value]
            case dict():
                return {self.part_of_id(key): self.payload(each) for key, each in value.items()}
            case _:
                return value

    def document(self, text: str, *, of_the_customer: bool = False) -> str:
        """A JSON document, text by text; what is none is taken as running text."""
        try:
            read = json.loads(text, parse_float=_Number, parse_int=_Number)
        except ValueError:
            return self.line(text) if of_the_customer else self.text(text)
        walked = self._walk(read, of_the_customer=of_the_customer)
        return text if walked == read else _written(walked)

    def _walk(self, value: Any, *, of_the_customer: bool, key: str = "") -> Any:
        match value:
            case _Number():
                return value
            case str():
                if of_the_customer:
                    return self.own.get(value) or self._cell(key, value)
                return self._cell(key, value)
            case list():
                return [self._walk(each, of_the_customer=of_the_customer, key=key) for each in value]
            case dict():
                mine = of_the_customer or (value.get("object"), value.get("id")) == ("customer", self.customer)
                return {
                    self.text(name): self._walk(each, of_the_customer=mine or name in ADDRESSES, key=name)
                    for name, each in value.items()
                }
            case _:
                return value

    def _cell(self, key: str, text: str) -> str:
        """A text of a document under `key`: one that is short, or a number, is an id only where the key says so."""
        may_be_id = self._is_telling or any(word in key.lower() for word in _WORDS_OF_IDS)
        return self.part_of_id(text) if may_be_id else self.text(text)

    @property
    def _is_telling(self) -> bool:
        """Whether the id is long enough to mean nobody and nothing else."""
        return len(self.customer) >= _ID_LENGTH_MIN and not self.customer.isdigit() and not self.is_common

    def sought(self) -> tuple[str, ...]:
        """Texts of which at least one is in whatever is not yet replaced, also as JSON writes them."""
        plain = (*self.names, *self.own, self.customer)
        escaped = (json.dumps(each, ensure_ascii=ascii_)[1:-1] for each in plain for ascii_ in (True, False))
        return tuple(dict.fromkeys((*plain, *escaped)))

    @cached_property
    def _names(self) -> re.Pattern[str]:
        kept = [re.escape(each) for each in self.others]
        names = [_bounded(each) for each in self.names]
        return re.compile("|".join([*_longest(kept), *_longest(names)]) or r"(?!)")

    @cached_property
    def _texts(self) -> re.Pattern[str]:
        quotes = "'\""
        quoted = [rf"(?<={quote}){re.escape(each)}(?={quote})" for each in self.own for quote in quotes]
        # What is short, or the name of something else, is the id in a filter where the filter says so.
        before = [""] if self._is_telling else [f"customer{sign}" for sign in _SIGNS]
        identity = re.escape(self.customer)
        quoted += [rf"(?<={said}{quote}){identity}(?={quote})" for said in before for quote in quotes]
        patterns = [self._names.pattern, *_longest(quoted)]
        if self._is_telling:
            patterns.append(rf"(?<![\w-]){re.escape(self.customer)}(?![\w-])")
        return re.compile("|".join(patterns))

    @cached_property
    def _cells(self) -> re.Pattern[str]:
        return re.compile("|".join(_longest([_bounded(each) for each in self.own])) or r"(?!)")

    def _replaced(self, found: re.Match[str]) -> str:
        text = found[0]
        if text in self.others:
            return text
        if text in self.names:
            return f"{self.token}-name-{self.names.index(text) + 1}"
        return self.own.get(text, self.token)


def _bounded(text: str) -> str:
    """A pattern of `text` where no letter and no digit touches it."""
    return rf"(?<![^\W_]){re.escape(text)}(?![^\W_])"


class _Number(str):
    """A number of a JSON document as it is written: nothing is lost on its way through."""

    __slots__ = ()


def _written(value: Any) -> str:
    """A JSON document of what was read."""
    match value:
        case _Number():
            return str(value)
        case dict():
            return "{" + ",".join(f"{_written(key)}:{_written(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ",".join(_written(each) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _longest(patterns: Sequence[str]) -> list[str]:
    return sorted(patterns, key=len, reverse=True)


def changed(values: Sequence[str], rewrite: Callable[[str], str]) -> dict[str, str]:
    """Those of `values` that are replaced, with what takes their place."""
    return {value: new for value in values if (new := rewrite(value)) != value}
