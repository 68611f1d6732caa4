"""The official SDK, used for what it is good at (keys, versions, connections, errors), with one way to try again.

A page comes back as the text that Stripe sent. Too many requests (429), conflicts, faults of the server and broken
connections are tried again after 0.5, 1, 2, 4 ... seconds, or when Stripe says (Retry-After); what cannot be mended by
waiting is an error that says what to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import stripe
import tenacity

from upswell.errors import InputError, UpswellError, UsageError
from upswell.sources.stripe.credentials import Secret
from upswell.sources.stripe.lists import StripeList

PAGE: Final = 100
_TRIES: Final = 9
_LONGEST_WAIT: Final = 60
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Page:
    """A page as the text that Stripe sent, and read, to see where the next begins."""

    text: str
    data: list[dict[str, Any]]
    has_more: bool


class StripeUnreachableError(UpswellError):
    """Stripe could not be read now; trying again later goes on where this left off."""

    http_status = 503


class StripeClient:
    """Reads pages and single objects of one account.

    `version` is the API version asked for. Raises `InputError` for a refused key or request, `StripeUnreachableError`
    when trying again did not help.
    """

    def __init__(
        self, key: Secret, *, version: str | None = None, base: str | None = None, sleep: Sleep = time.sleep
    ) -> None:
        self._key = key
        # The SDK's own logger writes requests at INFO; headers with the key are never among them.
        self._client = stripe.StripeClient(
            key.value,
            stripe_version=version,
            base_addresses={"api": base} if base else None,
            max_network_retries=0,
        )
        self.version = version or stripe.api_version
        self._sleep = sleep

    def page(self, path: str, parameters: Mapping[str, Any], *, of: StripeList) -> Page:
        """One page of a list."""
        answer = self._get(path, {"limit": PAGE, **parameters}, of)
        read: Any = answer.data
        return Page(str(answer.body), read["data"], bool(read["has_more"]))

    def one(self, of: StripeList, object_id: str) -> Page | None:
        """One object as a page of one, with the same parts filled in as in its list; None where it is there no more."""
        try:
            answer = self._get(f"{of.path}/{object_id}", {"expand": list(of.expand)} if of.expand else {}, of)
        except _NotThereError:
            return None
        read: Any = answer.data
        return Page(f'{{"data":[{answer.body}]}}', [read], has_more=False)

    def _get(self, path: str, parameters: Mapping[str, Any], of: StripeList) -> stripe.StripeResponse:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_can_be_mended),
            wait=_wait,
            stop=tenacity.stop_after_attempt(_TRIES),
            sleep=self._sleep,
            reraise=True,
        )
        answer: stripe.StripeResponse
        try:
            answer = retrying(self._client.raw_request, "get", path, **parameters)
        except stripe.StripeError as error:
            raise self._explained(error, of) from None
        return answer

    def _explained(self, error: stripe.StripeError, of: StripeList) -> UpswellError:
        said = self._key.hide(str(error.user_message or error)).splitlines()[0]
        if isinstance(error, stripe.AuthenticationError):
            return InputError(
                "Stripe does not know this API key",
                code="stripe_key_refused",
                where=self._key.origin,
                found=said,
                remedy="create a key in the Stripe dashboard (docs/stripe.md) and put it there",
            )
        if isinstance(error, stripe.PermissionError):
            return InputError(
                f"the API key may not read {of.name}",
                code="stripe_permission_missing",
                where=f"GET {of.path}",
                expected=f"a restricted key with the permission {of.permission}: Read",
                found=said,
                remedy=f"add {of.permission}: Read to the key in the Stripe dashboard, then sync again",
            )
        if isinstance(error, stripe.InvalidRequestError):
            if error.http_status == 404:  # noqa: PLR2004
                return _NotThereError(said, code="stripe_not_found", where=of.path, remedy="sync again")
            return UsageError(
                f"Stripe refused to list {of.name}",
                code="stripe_request_refused",
                where=f"GET {of.path}, API version {self.version}",
                found=said,
                remedy="leave api_version out of upswell.toml, or name one that Stripe knows",
            )
        return StripeUnreachableError(
            "Stripe could not be read",
            code="stripe_unreachable",
            where=f"GET {of.path}",
            found=said,
            remedy="run the command again: a sync goes on where it stopped",
        )


class _NotThereError(InputError):
    """The object is gone."""


def _can_be_mended(error: BaseException) -> bool:
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    # A body cut short is an APIError with the status of success.
    return isinstance(error, stripe.APIError) or (
        isinstance(error, stripe.StripeError) and error.http_status in (409, 429)
    )


def _wait(state: tenacity.RetryCallState) -> float:
    outcome = state.outcome
    error = outcome.exception() if outcome is not None else None
    headers = getattr(error, "headers", None) or {}
    said = next((value for name, value in dict(headers).items() if name.lower() == "retry-after"), "")
    if str(said).isdigit():
        return float(min(int(said), _LONGEST_WAIT))
    return float(min(0.5 * 2 ** (state.attempt_number - 1), _LONGEST_WAIT))
