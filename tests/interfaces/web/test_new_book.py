"""A book that is built beside a running server comes into service by itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

import upswell
from tests.interfaces.web.serving import Site
from tests.interfaces.web.waiting import loaded_again_until

MORE: Final = """customer_id,plan_id,starts_at,mrr
Newcomer,Basic,2023-12-15,1000.00
"""
AS_OF: Final = datetime(2024, 1, 1)  # noqa: DTZ001 -- local midnight of the workspace, as the demo company's own book


def test_an_open_page_shows_the_new_figure_when_it_is_loaded_again(page: Page, demo: Site, tmp_path: Path) -> None:
    page.goto(demo.at("/"))
    tile = page.locator(".tile", has=page.get_by_role("link", name="Closing MRR", exact=True))
    expect(tile.locator("dd").first).to_have_text("651,281.00")
    (tmp_path / "more.csv").write_text(MORE, encoding="utf-8")
    workspace = upswell.open(demo.folder)
    workspace.import_file(tmp_path / "more.csv", table="items", source="more")
    workspace.build(as_of=AS_OF, policies=["recurly"])
    loaded_again_until(page, tile.locator("dd", has_text="652,281.00"))
    expect(page.get_by_role("contentinfo")).to_contain_text(workspace.book().book_id)
