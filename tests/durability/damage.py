"""Damage to single bytes: where it is done and what the byte becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random


def offsets(length: int, rng: Random, *, more: int = 2) -> list[int]:
    """The first byte, the middle one, the last one, and a few at random."""
    return [0, length // 2, length - 1, *(rng.randrange(length) for _ in range(more))]


def flipped(content: bytes, offset: int, mask: int) -> bytes:
    """The content with the bits of `mask` (1 to 255) flipped in one byte."""
    return content[:offset] + bytes([content[offset] ^ mask]) + content[offset + 1 :]


@contextmanager
def damaged(path: Path, content: bytes | None) -> Iterator[None]:
    """The file has other content, or is gone, while the block is executed."""
    sound = path.read_bytes()
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(sound)
