"""The pages on a large book: a browser that waits for a chart, and fifty readers while another book is built.

Times of the browser are from the click to the first paint after which the chart stands in the page. Readers ask over
loopback, each a page every two seconds over ten views; what they waited is from the request to the last byte.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
from playwright.sync_api import Page, sync_playwright

READERS: Final = 50
EVERY_SECONDS: Final = 2.0
VIEWS: Final = (
    *("/", "/expansion", "/movements", "/retention", "/cohorts", "/customers"),
    *("/?month={month}", "/movements?kind=expansion", "/customers?order=-expansion", "/definitions"),
)
_ROUNDS: Final = 10
_UPSWELL: Final = str(Path(sys.executable).with_name("upswell"))


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The address of a server of that workspace, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [_UPSWELL, "-w", str(workspace), "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _until_ready(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def warmed(address: str, *, seconds: float = 900) -> None:
    """Wait until every default view answers at once."""
    with httpx2.Client(base_url=address, timeout=seconds) as client:
        for view in ("/", "/movements", "/customers", "/expansion", "/cohorts", "/retention"):
            while client.get(view).status_code != httpx2.codes.OK:
                time.sleep(1)


def first_chart(address: str, path: str) -> float:
    """Seconds until the first chart of a page stands there, in a browser that was just opened; the median of ten."""
    return statistics.median(_in_browser(address, [path] * _ROUNDS))


def changes(address: str, paths: list[str]) -> float:
    """Seconds from one page to each of `paths` in turn; the median."""
    return statistics.median(_in_browser(address, paths))


def weight(address: str, path: str) -> float:
    """Kilobytes that a first visit of a page brings over, compressed."""
    with httpx2.Client(base_url=address, timeout=60, headers={"Accept-Encoding": "gzip"}) as client:
        page = client.get(path)
        parts = [part for part in page.text.split('"') if part.startswith("/assets/")]
        sizes = [
            int(answer.headers.get("content-length", len(answer.content))) for answer in (client.get(p) for p in parts)
        ]
        return (int(page.headers.get("content-length", len(page.content))) + sum(sizes)) / 1000


def under_load(address: str, workspace: Path, month: str) -> dict[str, Any]:
    """What fifty readers wait while `upswell build` runs on one thread beside the server and its book comes in."""
    return asyncio.run(_readers(address, workspace, [view.format(month=month) for view in VIEWS]))


async def _readers(address: str, workspace: Path, views: list[str]) -> dict[str, Any]:
    waits: list[float] = []
    failed: list[str] = []
    books: set[str] = set()
    done = asyncio.Event()

    async def reader(number: int, client: httpx2.AsyncClient) -> None:
        await asyncio.sleep(EVERY_SECONDS * number / READERS)
        turn = number
        while not done.is_set():
            began = time.perf_counter()
            try:
                answer = await client.get(views[turn % len(views)])
                if answer.status_code != httpx2.codes.OK:
                    failed.append(f"{answer.status_code} {answer.url}")
                books.update(word for word in answer.text.split() if word.startswith("b-0"))
            except httpx2.HTTPError as error:
                failed.append(repr(error))
            waited = time.perf_counter() - began
            waits.append(waited)
            turn += 1
            await asyncio.sleep(max(EVERY_SECONDS - waited, 0))

    async def build() -> None:
        environment = {**os.environ, "UPSWELL_THREADS": "1"}
        command = [_UPSWELL, "-w", str(workspace), "build", "--format", "json"]
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
        if await process.wait():
            failed.append("the build failed")
        before = len(books)
        # The new book is rendered first: wait until readers see it.
        for _ in range(600):
            if len(books) > max(before, 1):
                break
            await asyncio.sleep(1)
        await asyncio.sleep(20)
        done.set()

    async with httpx2.AsyncClient(
        base_url=address, timeout=90, limits=httpx2.Limits(max_connections=READERS)
    ) as client:
        await asyncio.gather(build(), *(reader(number, client) for number in range(READERS)))
    return {
        "requests": len(waits),
        "failed": len(failed),
        "examples": failed[:3],
        "books": sorted(books),
        "median": statistics.median(waits),
        "p95": statistics.quantiles(waits, n=100)[94],
        "longest": max(waits),
    }


def _in_browser(address: str, paths: list[str]) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(address + "/healthz")
        times = [_painted(page, address + path) for path in paths]
        browser.close()
    return times


def _painted(page: Page, url: str) -> float:
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("svg.chart, table", state="visible")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - began


def _until_ready(address: str) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"{address}/healthz", timeout=5).status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(address)


def main(workspace: Path, months: list[str]) -> None:
    """Everything, as JSON: for `benchmarks.__main__`, in a process of its own."""
    found: dict[str, Any] = {}
    with served(workspace) as address:
        warmed(address)
    with served(workspace) as address:
        found["first chart, the server just started"] = _in_browser(address, ["/"])[0]
        warmed(address)
        found["first chart, warm"] = first_chart(address, "/")
        fresh = [f"/?month={month}" for month in months]
        found["another month, new"] = changes(address, fresh)
        found["another month, kept"] = changes(address, fresh)
        kinds = [f"/movements?from={month}&to={month}&kind=expansion" for month in months]
        found["movements of a month and kind, new"] = changes(address, kinds)
        found["movements of a month and kind, kept"] = changes(address, kinds)
        parts = [f"/customers?search={number:04}" for number in range(1000, 1000 + _ROUNDS)]
        found["customers searched, new"] = changes(address, parts)
        found["customers searched, kept"] = changes(address, parts)
        found["weight"] = {path: weight(address, path) for path in ("/", "/cohorts", "/customers", "/movements")}
        found["load"] = under_load(address, workspace, months[0])
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
