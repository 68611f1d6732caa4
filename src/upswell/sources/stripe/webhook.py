"""Webhooks: the signature is checked by the official SDK; what was signed comes back as it is."""

from __future__ import annotations

import json
from typing import Any, Final

import stripe

from upswell.errors import InputError
from upswell.sources.stripe.credentials import Secret

_TOLERANCE_SECONDS: Final = 300


def verified_event(payload: bytes, signature: str, secret: Secret) -> dict[str, Any]:
    """The event of a webhook. Raises `InputError` (HTTP 400) where the signature is not Stripe's, or too old."""
    try:
        text = payload.decode("utf-8")
        stripe.WebhookSignature.verify_header(text, signature, secret.value, _TOLERANCE_SECONDS)
        event = json.loads(text)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise refused(secret.hide(str(error)).splitlines()[0]) from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise refused("no event")
    return event


def refused(found: str) -> InputError:
    """What a webhook endpoint answers with 400."""
    error = InputError(
        "the webhook is not what Stripe sends",
        code="webhook_refused",
        where="the webhook's payload and its Stripe-Signature",
        expected="an event signed with this endpoint's secret within the last five minutes",
        found=found,
        remedy="check the endpoint's signing secret in the Stripe dashboard, and this machine's clock",
    )
    error.http_status = 400
    return error
