"""What Stripe sends by itself. There is no session: the signature is the proof."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from upswell.interfaces.api.answering import JsonResponse
from upswell.interfaces.api.bounding import BoundedRoute
from upswell.interfaces.api.shapes import PROBLEMS, ReceivedShape
from upswell.interfaces.server.visitors import AtDesk
from upswell.workspace.stripe import DEFAULT_SOURCE

router = APIRouter(tags=["webhooks"], route_class=BoundedRoute, responses=PROBLEMS)


@router.post("/stripe", response_model=ReceivedShape)
async def stripe_webhook(request: Request, desk: AtDesk) -> Response:
    """Keep an event of the account `stripe`; the next build sees it."""
    return await _receive(request, desk, DEFAULT_SOURCE)


@router.post("/stripe/{source}", response_model=ReceivedShape)
async def stripe_webhook_of(request: Request, desk: AtDesk, source: str) -> Response:
    """Keep an event of another account of upswell.toml."""
    return await _receive(request, desk, source)


async def _receive(request: Request, desk: AtDesk, source: str) -> Response:
    body = await request.body()
    signature = request.headers.get("stripe-signature", "")
    receipt = await run_in_threadpool(desk.workspace.receive_webhook, body, signature=signature, source=source)
    return JsonResponse({"data": asdict(receipt)})
