"""What a client sends, and that it left: heard while the answer is being made, so that a question can be ended.

    with questions.asked() as question:
        hearing = Hearing(receive, question)
        async with hearing.bounded(body_seconds=600, question_seconds=60):
            await app(scope, hearing.hear, send)

What is sent waits until it is read; who sends more than a little waits, too, so that a request needs no memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from starlette.types import Message, Receive

from upswell.engines.running import Question

_HEARD_MAX: Final = 16
_LEFT: Final = "http.disconnect"


class Hearing:
    """One request's messages, and the end of its question."""

    def __init__(self, receive: Receive, question: Question) -> None:
        self._receive = receive
        self._question = question
        self._heard: asyncio.Queue[Message] = asyncio.Queue(_HEARD_MAX)
        self._whole = asyncio.Event()
        self._gone = asyncio.Event()

    @asynccontextmanager
    async def bounded(self, *, body_seconds: float, question_seconds: float) -> AsyncIterator[None]:
        """Within this block the question ends when nobody waits for its answer, or its time is over.

        What is sent must be here within `body_seconds`; the question's own time begins then.
        """
        watchers = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._hurry(body_seconds, question_seconds)),
        ]
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()

    async def hear(self) -> Message:
        """What was sent comes first; then, as often as it is asked, that the sender left or is too slow."""
        if self._heard.empty() and not self._gone.is_set():
            waits = [asyncio.create_task(self._heard.get()), asyncio.create_task(self._gone.wait())]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                if waits[0].done():
                    return cast(Message, waits[0].result())
            finally:
                for each in waits:
                    each.cancel()
        return {"type": _LEFT} if self._heard.empty() else self._heard.get_nowait()

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == _LEFT:
                self._question.end("nobody waits for the answer")
                self._whole.set()
                self._gone.set()
                return
            await self._heard.put(message)
            if not message.get("more_body"):
                self._whole.set()

    async def _hurry(self, body_seconds: float, question_seconds: float) -> None:
        try:
            await asyncio.wait_for(self._whole.wait(), body_seconds)
        except TimeoutError:
            self._question.end(f"it took longer than {body_seconds:g} s to arrive")
            self._gone.set()
            return
        await asyncio.sleep(question_seconds)
        self._question.end(f"it took longer than {question_seconds:g} s")
