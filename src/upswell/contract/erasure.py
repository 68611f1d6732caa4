"""What is put in the place of a customer's id, names and attributes, wherever they stand.

    erasure = Erasure(customer="acme", token="forgotten-5f0c", names=("Acme Ltd",), others=("Acme Ltd & Co",))
    erasure.text("Acme Ltd wrote; Acme Ltd & Co did not")   'forgotten-5f0c-name-1 wrote; Acme Ltd & Co did not'
    erasure.value("acme")                                    'forgotten-5f0c'

A **value** is a whole cell or JSON text: it may be the id. In running **text** a name counts where no letter or digit
touches it, and the id only in quotes, or where it is long enough to mean nobody else. A name that is part of another
customer's stays in there. Case counts as it is written.
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
ADDRESSES: Final = frozenset({"customer_address", "customer_shipping", "billing_details", "shipping"})
_ID_LENGTH_MIN: Final = 4


@dataclass(frozen=True)
class Erasure:
    """Whom to forget: the id, every name and further text to be gone anywhere, and what stands for them.

    `own` are attributes that nobody else has, with the texts that take their place: gone where they are said of the
    customer. `others` are texts that are said of other customers and contain a name: they stay.
    """

    customer: str
    token: str
    names: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def value(self, text: str) -> str:
        """A whole cell, or a text of a JSON document."""
        return self.token if text == self.customer else self.text(text)

    def attribute(self, text: str) -> str:
        """A whole cell, or a text of a JSON document, that is said of the customer."""
        return self.own.get(text) or self.value(text)

    def text(self, text: str) -> str:
        """Running text, such as a note, a path or a file."""
        if not any(each in text for each in (*self.names, self.customer)):
            return text
        return self._pattern.sub(self._replaced, text)

    def walk(self, value: Any) -> Any:
        """Whatever a JSON document holds, read, with every text in it replaced."""
        return self._walk(value, of_the_customer=False)

    def document(self, text: str, *, of_the_customer: bool = False) -> str:
        """A JSON document, text by text; what is none is taken as running text."""
        try:
            read = json.loads(text, parse_float=_Number, parse_int=_Number)
        except ValueError:
            return self.text(text)
        walked = self._walk(read, of_the_customer=of_the_customer)
        return text if walked == read else _written(walked)

    def _walk(self, value: Any, *, of_the_customer: bool) -> Any:
        match value:
            case _Number():
                return value
            case str():
                return self.attribute(value) if of_the_customer else self.value(value)
            case list():
                return [self._walk(each, of_the_customer=of_the_customer) for each in value]
            case dict():
                return {
                    self.value(key): self._walk(each, of_the_customer=of_the_customer or key in ADDRESSES)
                    for key, each in value.items()
                }
            case _:
                return value

    def part_of_id(self, text: str) -> str:
        """An id that may be made of the customer's, as `acme-team` is."""
        if text.startswith(f"{self.customer}-"):
            return self.token + text.removeprefix(self.customer)
        return self.value(text)

    def sought(self) -> tuple[str, ...]:
        """Texts of which at least one is in whatever is not yet replaced."""
        return tuple(dict.fromkeys((*self.names, *self.own, self.customer)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        kept = [re.escape(each) for each in self.others]
        names = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in self.names]
        identity = re.escape(self.customer)
        ids = [rf"(?<=')({identity})(?=')", rf'(?<=")({identity})(?=")']
        if len(self.customer) >= _ID_LENGTH_MIN and not self.customer.isdigit():
            ids.append(rf"(?<![\w-]){identity}(?![\w-])")
        # The longest first: of two names the one may be a part of the other.
        return re.compile("|".join([*_longest(kept), *_longest(names), *ids]))

    def _replaced(self, found: re.Match[str]) -> str:
        text = found[0]
        if text in self.others:
            return text
        return f"{self.token}-name-{self.names.index(text) + 1}" if text in self.names else self.token


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
