"""Pictures of the pages for docs/images: the demo company, served and looked at with Debian's Chromium.

    python -m docs.screenshots

Run by hand when pages change; look at each picture before keeping it. None may be larger than 150 KB: each is packed
tighter than the browser does it, and one that is too large even so loses its lower part.
"""

from __future__ import annotations

import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

import upswell
from tests.interfaces.web.browsing import DARK, LIGHT, NARROW, Guise, Log, launch, window
from tests.interfaces.web.serving import Site, serving
from upswell.workspace.demo import make_demo

FOLDER: Final = Path(__file__).parent / "images"
BYTES_MAX: Final = 150_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_WIDTH: Final = 1200
_HEIGHTS: Final = (1200, 1100, 1000, 900, 800, 700, 600)
_ROWS: Final = """account_id,product,start_date,end_date,mrr
A-1,Basic,2026-09-05,2026-10-10,100.00
A-1,Basic,2026-10-10,,160.00
A-2,Basic,2026-09-20,,80.00
A-3,Basic,2026-09-20,,eighty
"""


def main() -> None:
    """Write every picture again."""
    FOLDER.mkdir(exist_ok=True)
    with _demo() as site, sync_playwright() as playwright, launch(playwright) as browser:
        for name, guise, path in _pictures(site):
            log = Log()
            with window(browser, guise, log, viewport={"width": min(guise.width, _WIDTH), "height": 900}) as page:
                page.goto(site.at(path))
                size = _write(page, FOLDER / f"{name}.png")
            log.require_clean({site.origin})
            sys.stdout.write(f"{name}.png {size:,} bytes\n")


def _pictures(site: Site) -> Iterator[tuple[str, Guise, str]]:
    sent = site.send("/import", {"table": "items"}, file=("billing.csv", _ROWS))
    yield "overview", LIGHT, "/"
    yield "overview-dark", DARK, "/"
    yield "overview-phone", NARROW, "/"
    yield "movements", LIGHT, "/movements?kind=expansion&from=2023-12&order=-amount"
    yield "cohorts", LIGHT, "/cohorts?cohort=quarter&ages=9"
    yield "durability", LIGHT, "/durability"
    yield "forecast", LIGHT, "/forecast"
    yield "customer", LIGHT, "/customers/" + _customer(site)
    yield "definitions", LIGHT, "/definitions?with=recurly"
    yield "import", LIGHT, f"{urlsplit(sent).path}?table=items"


def _customer(site: Site) -> str:
    """Who expanded most in December 2023."""
    moves = upswell.open(site.folder).movements(date_from=date(2023, 12, 1), kind="expansion").to_pylist()
    return str(max(moves, key=lambda move: move["amount"])["customer_id"])


@contextmanager
def _demo() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_demo(Path(folder) / "demo")
        with serving(workspace.folder) as site:
            yield site


def _write(page: Page, path: Path) -> int:
    """The upper part of the page, as high as it may be without being too large."""
    whole = page.evaluate("document.documentElement.scrollHeight")
    size = 0
    for height in _HEIGHTS:
        page.set_viewport_size({"width": page.evaluate("innerWidth"), "height": min(height, whole)})
        picture = packed(page.screenshot(animations="disabled"))
        size = len(picture)
        if size < BYTES_MAX:
            path.write_bytes(picture)
            return size
    raise ValueError(f"{path.name} has {size:,} bytes, and {BYTES_MAX:,} are allowed")


def packed(png: bytes) -> bytes:
    """The same picture, deflated as tightly as zlib can; browsers write theirs in a hurry."""
    chunks = list(_chunks(png))
    drawn = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), 9)
    others = [(kind, data) for kind, data in chunks if kind not in (b"IDAT", b"IEND")]
    parts = [*others, (b"IDAT", drawn), (b"IEND", b"")]
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


if __name__ == "__main__":
    main()
