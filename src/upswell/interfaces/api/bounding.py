"""Bodies have an end: what is sent beyond it is refused while it comes, in the one shape of errors."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

BODY_BYTES: Final = 1_000_000


class BoundedRoute(APIRoute):
    """A path that takes up to `BODY_BYTES`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, which reads no further than that."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            received = 0

            async def receive() -> Message:
                nonlocal received
                message = await request.receive()
                received += len(message.get("body", b""))
                if received > BODY_BYTES:
                    raise HTTPException(413)
                return message

            return await handle(Request(request.scope, receive))

        return bounded
