"""A customer's dated lines become rows of the `items` table, one row for each item version.

    customer Acme USD
      2024-01-10  start  Team, 5 seats at 20.00 a month
      2024-03-15  seats  8

gives two rows of one item of product Team: [2024-01-10, 2024-03-15) with 5 seats and
[2024-03-15, running) with 8. Each dated line closes the version in force and opens the next, as a
billing system's export does. Columns that the story does not name stay empty, so the defaults of
the import contract are at work.

A line speaks of the only item that runs; where several run it says `on NAME` (item, subscription,
product or plan). Lines of status, `renew` and `cancel` speak of all running items without a name.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.stories.terms import DISCOUNT, WHEN, Columns, UnknownWordsError, terms

STATUSES = {
    "pause": "paused",
    "resume": "active",
    "unpaid": "unpaid",
    "past due": "past_due",
    "pays": "active",
}
OPENINGS = {"start": "plan", "add-on": "addon", "usage": "usage"}
RAW_NAMES = {
    "sub": "subscription_id",
    "item": "item_id",
    "product": "product_id",
    "plan": "plan_id",
    "price": "price_id",
    "from": "starts_at",
    "to": "ends_at",
    "unit": "unit_amount",
    "type": "item_type",
}
COLUMNS = (
    "customer_id",
    "subscription_id",
    "item_id",
    "product_id",
    "plan_id",
    "price_id",
    "starts_at",
    "ends_at",
    "quantity",
    "unit_amount",
    "mrr",
    "currency",
    "interval",
    "interval_count",
    "discount_percent",
    "discount_amount",
    "discount_until",
    "item_type",
    "status",
    "trial_until",
    "cancel_requested_at",
)


@dataclass
class Item:
    """One item of a customer: its versions in order; the last one may still run."""

    versions: list[Columns]

    @property
    def now(self) -> Columns:
        return self.versions[-1]

    @property
    def running(self) -> bool:
        return not self.now.get("ends_at")

    @property
    def names(self) -> set[str]:
        """Words by which a story may speak of the item."""
        columns = ("item_id", "subscription_id", "product_id", "plan_id")
        return {self.now[name] for name in columns if self.now.get(name)}

    def change(self, at: str, said: Columns) -> None:
        """Close the version in force at `at` and open one that differs by what is said."""
        if self.now["starts_at"] == at:
            raise UnknownWordsError(f"{at} is already the start of {self.now['plan_id']}")
        following = {**self.now, "starts_at": at, **said}
        self.now["ends_at"] = at
        self.versions.append(following)


@dataclass
class History:
    """The items of one customer while the lines are read."""

    customer: str
    currency: str = ""
    items: list[Item] = field(default_factory=list)
    raw: list[Columns] = field(default_factory=list)

    def rows(self) -> Iterator[Columns]:
        """Rows of the items table in the order in which the items were bought."""
        for item in self.items:
            for version in item.versions:
                yield {"customer_id": self.customer, "currency": self.currency, **version}
        for row in self.raw:
            yield {"customer_id": self.customer, "currency": self.currency, **row}

    def read(self, words: str) -> None:
        """Read one line of the block."""
        if words.startswith("item "):
            self.raw.append(raw_row(words.removeprefix("item ")))
            return
        dated = re.fullmatch(rf"(?P<at>{WHEN})\s+(?P<words>.+)", words)
        if dated is None:
            raise UnknownWordsError(f"expected a date or `item`, found {words!r}")
        at, verb, rest = dated["at"], *split_verb(dated["words"])
        VERBS[verb](self, at, rest, verb)

    def running(self) -> list[Item]:
        return [item for item in self.items if item.running]

    def named(self, name: str) -> Item:
        """Return the one running item that the name speaks of."""
        found = [item for item in self.running() if name in item.names]
        if len(found) != 1:
            raise UnknownWordsError(f"{name!r} speaks of {len(found)} running items, not of one")
        return found[0]

    def spoken_of(self, rest: str, *, every: bool = False) -> tuple[str, list[Item]]:
        """Split ` on NAME` off and return the other words with the items meant."""
        split = re.fullmatch(r"(?P<words>.*?)\s*\bon (?P<name>\S+)", rest)
        if split:
            return split["words"], [self.named(split["name"])]
        items = self.running()
        if not items or (len(items) > 1 and not every):
            raise UnknownWordsError(f"{len(items)} items run here: say `on NAME`")
        return rest, items

    def open(self, at: str, rest: str, verb: str) -> None:
        plan, _, words = rest.partition(",")
        said = terms(words)
        product = said.get("product_id") or plan.strip()
        first = {"plan_id": plan.strip(), "starts_at": at, **said, "product_id": product}
        if OPENINGS[verb] != "plan":
            first["item_type"] = OPENINGS[verb]
        for item in self.items:
            if same_item(item.now, first):
                if item.running:
                    raise UnknownWordsError(f"{plan.strip()} runs already: give a sub or an item")
                item.versions.append(first)
                return
        self.items.append(Item([first]))

    def change(self, at: str, rest: str, verb: str) -> None:
        words, items = self.spoken_of(rest)
        items[0].change(at, CHANGES[verb](words))

    def status(self, at: str, rest: str, verb: str) -> None:
        words, items = self.spoken_of(rest, every=True)
        if words:
            raise UnknownWordsError(f"{verb} takes no {words!r}")
        for item in items:
            item.change(at, {"status": STATUSES[verb]})

    def renew(self, at: str, rest: str, verb: str) -> None:
        """`renew`: the same item again; `renew as sub K2`: under a new subscription."""
        words, items = self.spoken_of(rest, every=True)
        said = terms(words.removeprefix("as").strip())
        if not said:
            for item in items:
                item.change(at, {})
            return
        for item in items:
            copy = {**item.now, "starts_at": at, **said}
            item.now["ends_at"] = at
            self.items.append(Item([copy]))

    def notice(self, at: str, rest: str, verb: str) -> None:
        """`notice 2024-06-15`: asked today to leave on that day."""
        words, items = self.spoken_of(rest, every=True)
        for item in items:
            item.now.update({"cancel_requested_at": at, "ends_at": words})

    def end(self, at: str, rest: str, verb: str) -> None:
        self.named(rest).now["ends_at"] = at

    def cancel(self, at: str, rest: str, verb: str) -> None:
        if rest or not self.running():
            raise UnknownWordsError("`cancel` ends all that runs; `end NAME` ends one item")
        for item in self.running():
            item.now["ends_at"] = at


def same_item(left: Columns, right: Columns) -> bool:
    """Say whether two versions are of one item, by the defaults of the import contract."""
    sub = left.get("subscription_id") == right.get("subscription_id")
    item = left.get("item_id") == right.get("item_id")
    named = bool(left.get("item_id")) or left["product_id"] == right["product_id"]
    return sub and item and named


def new_plan(words: str) -> Columns:
    """`Pro, 8 seats at 30.00 a month`: the plan changes, the product stays unless told."""
    plan, _, rest = words.partition(",")
    return {"plan_id": plan.strip(), **terms(rest)}


def new_price(words: str) -> Columns:
    """`25.00`, or `216.00 a year` where the interval changes too."""
    if re.fullmatch(r"[\d.]+", words):
        return {"unit_amount": words}
    return terms(f"at {words}")


def new_discount(words: str) -> Columns:
    """`20 %`, `10.00`, either with `until DATE`; or `ends`."""
    if words == "ends":
        return dict.fromkeys(DISCOUNT, "")
    off = re.sub(r"^([\d.]+(?: %)?)", r"\1 off", words)
    return dict.fromkeys(DISCOUNT, "") | terms(off)


CHANGES: dict[str, Callable[[str], Columns]] = {
    "seats": lambda words: terms(f"{words} seats"),
    "units": lambda words: terms(f"{words} units"),
    "price": new_price,
    "mrr": lambda words: terms(f"mrr {words}"),
    "plan": new_plan,
    "discount": new_discount,
    "change": terms,
}
VERBS: dict[str, Callable[[History, str, str, str], None]] = {
    **dict.fromkeys(OPENINGS, History.open),
    **dict.fromkeys(CHANGES, History.change),
    **dict.fromkeys(STATUSES, History.status),
    "renew": History.renew,
    "notice": History.notice,
    "end": History.end,
    "cancel": History.cancel,
}


def split_verb(words: str) -> tuple[str, str]:
    """Split a line into its verb and the rest, with single spaces."""
    plain = " ".join(words.split())
    for verb in VERBS:
        if plain == verb or plain.startswith(f"{verb} "):
            return verb, plain.removeprefix(verb).strip()
    raise UnknownWordsError(f"no such verb in {plain!r}; known: {', '.join(VERBS)}")


def raw_row(words: str) -> Columns:
    """`sub=S1 plan=pro from=2024-01-01 unit=20.00`: a row as it stands, for what no verb says."""
    row: Columns = {}
    for word in words.split():
        name, mark, value = word.partition("=")
        column = RAW_NAMES.get(name, name)
        if not mark or column not in COLUMNS:
            raise UnknownWordsError(f"no such column: {word!r}")
        row[column] = value
    return row


def customer_rows(customer: str, currency: str, lines: Iterable[str]) -> list[Columns]:
    """Return the item rows of one customer's block."""
    history = History(customer, currency)
    for line in lines:
        history.read(line)
    return list(history.rows())
