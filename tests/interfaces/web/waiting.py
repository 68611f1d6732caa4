"""Waiting for what becomes true after a while, as a person does: by watching, or by loading the page again."""

from __future__ import annotations

from time import monotonic
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.interfaces.web.browsing import Guise

_LOOKS_MS: Final = 500
_WAITS_SECONDS: Final = 90.0


def loaded_again_until(page: Page, wanted: Locator) -> None:
    """Load the page again until `wanted` is seen on it."""
    ends = monotonic() + _WAITS_SECONDS
    while True:
        try:
            expect(wanted).to_be_visible(timeout=_LOOKS_MS)
        except AssertionError:
            assert monotonic() < ends, page.locator("main").inner_text()
            page.reload()
        else:
            return


def work_done(page: Page, guise: Guise) -> None:
    """Stay at the page of a piece of work until it says that it is done."""
    done = page.get_by_text("Done.", exact=True)
    if guise.scripts:
        expect(done).to_be_visible(timeout=_WAITS_SECONDS * 1000)
    else:
        loaded_again_until(page, done)
