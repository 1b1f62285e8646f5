"""What Anthropic says when it does not answer, in our own errors (https://platform.claude.com/docs/en/api/errors)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    RateLimitError,
)
from llmspell.spec.provider_faults import SHOWN, readable, retry_after
from llmspell_provider_anthropic.limits import read_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOO_LONG = re.compile(
    r"prompt is too long|exceeds? (the )?context (limit|window)|too many (input )?tokens", re.IGNORECASE
)
_NO_MONEY = re.compile(r"credit balance is too low|reached your specified .{0,20}usage limits?", re.IGNORECASE)
_FILTERED = re.compile(r"blocked by content filtering", re.IGNORECASE)
_BY_TYPE: dict[str, type[ProviderError]] = {
    "api_error": OverloadedError,
    "authentication_error": AuthenticationError,
    "billing_error": RateLimitError,
    "conflict_error": OverloadedError,
    "invalid_request_error": BadRequestError,
    "not_found_error": ModelNotFoundError,
    "overloaded_error": OverloadedError,
    "permission_error": AuthenticationError,
    "rate_limit_error": RateLimitError,
    "request_too_large": BadRequestError,
    "timeout_error": OverloadedError,
}
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: RateLimitError,
    403: AuthenticationError,
    404: ModelNotFoundError,
    408: OverloadedError,
    409: OverloadedError,
    413: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
}
_PAYMENT = 402
_SERVER = 500


class Fault(NamedTuple):
    """One error as the service tells it; `status` is 0 where it came inside an answer."""

    status: int
    type: str
    message: str
    request_id: str = ""

    @property
    def unpaid(self) -> bool:
        """Tell whether only money helps."""
        return self.type == "billing_error" or self.status == _PAYMENT or _NO_MONEY.search(self.message) is not None


def read_fault(status: int, body: bytes) -> Fault:
    """Read the body of an error answer: `{"type": "error", "error": {...}, "request_id": ...}`, or a proxy's words."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Fault(status, "", readable(body))
    return fault_of(data, status)


def fault_of(data: object, status: int = 0) -> Fault:
    """Read an error object or event."""
    if not isinstance(data, dict):
        return Fault(status, "", str(data or "")[:SHOWN])
    error = data.get("error") or data.get("detail") or data.get("message")
    request = str(data.get("request_id") or "")
    if not isinstance(error, dict):
        told = error or (json.dumps(data, ensure_ascii=False) if data else "")
        return Fault(status, "", str(told)[:SHOWN], request)
    message = error.get("message") or json.dumps(error, ensure_ascii=False)
    return Fault(status, str(error.get("type") or ""), str(message)[:SHOWN], request)


def provider_error(
    fault: Fault, host: str, *, model: str, headers: Mapping[str, str] | None = None, now: float = 0.0
) -> ProviderError:
    """Choose the error: by the type that the service gives, else by the status; `now` is in seconds since the epoch."""
    headers = headers or {}
    kind = _kind(fault)
    context: dict[str, object] = {
        "status": fault.status,
        "provider_type": fault.type,
        "request_id": fault.request_id or headers.get("request-id", ""),
        "model": model,
    }
    limits = read_limits(headers, now)
    if limits:
        context["limits"] = limits
    waits = issubclass(kind, RateLimitError | OverloadedError)
    return kind(
        f"{host}: {fault.message}" if fault.message else f"{host} answered with status {fault.status}",
        suggestions=_suggestions(kind, fault, model),
        context=context,
        retry_after=retry_after(headers, now) if waits else None,
        retryable=False if fault.unpaid or (waits and headers.get("x-should-retry") == "false") else None,
    )


def _kind(fault: Fault) -> type[ProviderError]:
    if fault.unpaid:
        return RateLimitError
    kind = _BY_TYPE.get(fault.type) or _BY_STATUS.get(fault.status)
    if kind is BadRequestError and _TOO_LONG.search(fault.message):
        return ContextLengthError
    if kind is BadRequestError and _FILTERED.search(fault.message):
        return ContentFilterError
    return kind or (OverloadedError if fault.status >= _SERVER else ProviderError)


def _suggestions(kind: type[ProviderError], fault: Fault, model: str) -> list[str]:
    if fault.unpaid:
        return ["check the balance and the spend limit of the account behind the key"]
    if fault.type == "request_too_large":
        return ["send fewer or smaller images and documents"]
    told: dict[type[ProviderError], list[str]] = {
        AuthenticationError: ["check the key, and whether it may use this model"],
        BadRequestError: ["change the request as the service says"],
        ContentFilterError: ["say it differently"],
        ContextLengthError: ["send fewer messages, or choose a model with a larger window"],
        ModelNotFoundError: [f"check the model's name, {model!r}", "check base_url: it ends before /v1/messages"],
        OverloadedError: ["try again later"],
        RateLimitError: ["wait, or ask less often"],
    }
    return told.get(kind, ["check base_url, and what answers there"])
