"""Random imports, replacements and undos, against a plain loop over a dictionary."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from tests.contract.importing import ITEM_HEADINGS, Desk

Row = tuple[str, str]  # customer, quantity ("bad" is held back)
Source = tuple[int, int]  # import number, row


@dataclass
class Imported:
    numbers: list[int]
    files: list[list[Row]]
    replace: bool
    undone: set[int] = field(default_factory=set)


def in_force(batches: list[Imported]) -> dict[str, tuple[str, Source]]:
    """What the log should hold: customer -> quantity and the row it comes from."""
    current: dict[str, tuple[str, Source]] = {}
    for batch in batches:
        listed: set[str] = set()
        for number, rows in zip(batch.numbers, batch.files, strict=True):
            if number in batch.undone:
                continue
            for at, (customer, quantity) in enumerate(rows, start=2):
                listed.add(customer)
                if quantity != "bad" and current.get(customer, ("", (0, 0)))[0] != quantity:
                    current[customer] = (quantity, (number, at))
        if batch.replace and set(batch.numbers) - batch.undone:
            current = {customer: row for customer, row in current.items() if customer in listed}
    return current


def take(desk: Desk, files: list[list[Row]], *, replace: bool) -> tuple[str, ...]:
    paths = [
        desk.file(
            "\n".join([ITEM_HEADINGS, *(f"{who},seat,team,2024-01-10,,{many},1" for who, many in rows)]),
            f"file-{at}.csv",
        )
        for at, rows in enumerate(files)
    ]
    return desk.log.import_files(paths, table="items", replace=replace).import_ids


@pytest.mark.parametrize("seed", range(5))
def test_the_log_agrees_with_a_plain_loop(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    batches: list[Imported] = []
    for _ in range(7):
        undoable = [(batch, number) for batch in batches for number in batch.numbers if number not in batch.undone]
        if undoable and chance.random() < 0.3:
            batch, number = chance.choice(undoable)
            desk.log.undo(f"i-{number:06d}")
            batch.undone.add(number)
        else:
            files = [
                [(who, chance.choice(["1", "2", "bad"])) for who in chance.sample("abcdef", chance.randint(0, 5))]
                for _ in range(chance.choice([1, 1, 2]))
            ]
            replace = chance.random() < 0.4
            ids = take(desk, files, replace=replace)
            batches.append(Imported([int(each[2:]) for each in ids], files, replace))
        expected = [
            (who, f"{many}.0000", str(number), str(row))
            for who, (many, (number, row)) in sorted(in_force(batches).items())
        ]
        found = desk.rows("customer_id, quantity, source_row // 4294967296, source_row % 4294967296")
        assert found == expected
        holds = {entry.no: entry.holds for entry in desk.log.entries() if entry.holds}
        assert sum(holds.values()) == len(expected)
