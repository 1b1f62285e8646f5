"""What the service says when it does not answer, in the words of our own errors.

Errors are `google.rpc.Status` objects: code, message, status, and details of which RetryInfo, QuotaFailure and
ErrorInfo matter here (ai.google.dev/gemini-api/docs/troubleshooting, google/rpc/error_details.proto).
"""

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

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOO_LONG = re.compile(r"token count.{0,80}exceeds|exceeds the maximum number of tokens", re.IGNORECASE | re.DOTALL)
_DAILY = re.compile(r"per ?day", re.IGNORECASE)
_BY_NAME: dict[str, type[ProviderError]] = {
    "INVALID_ARGUMENT": BadRequestError,
    "OUT_OF_RANGE": BadRequestError,
    "FAILED_PRECONDITION": AuthenticationError,  # no billing, or a country that is not served
    "PERMISSION_DENIED": AuthenticationError,
    "UNAUTHENTICATED": AuthenticationError,
    "NOT_FOUND": ModelNotFoundError,
    "RESOURCE_EXHAUSTED": RateLimitError,
    "ABORTED": OverloadedError,
    "CANCELLED": OverloadedError,
    "DEADLINE_EXCEEDED": OverloadedError,
    "INTERNAL": OverloadedError,
    "UNAVAILABLE": OverloadedError,
    "UNKNOWN": OverloadedError,
}
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: ModelNotFoundError,
    408: OverloadedError,
    409: OverloadedError,
    413: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
    499: OverloadedError,
}
_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED"})
FAILED = 500


class Fault(NamedTuple):
    """One error as the service tells it; `pause` is in seconds, `daily` tells that a quota of the day is used up."""

    status: int
    message: str
    name: str = ""
    reason: str = ""
    pause: float | None = None
    daily: bool = False


def read_fault(status: int, body: bytes) -> Fault:
    """Read the body of an error answer; a stream that is no event stream tells its error in a list."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Fault(status, readable(body))
    if isinstance(data, list) and data:
        data = data[0]
    return fault_of((data.get("error") or data) if isinstance(data, dict) else data, status)


def fault_of(error: object, status: int = 0) -> Fault:
    """Read an error object; inside an answer its `code` is the status the service would have sent."""
    if not isinstance(error, dict) or not error:
        return Fault(status, str(error or "")[:SHOWN])
    code = error.get("code")
    if not status and isinstance(code, int):
        status = code
    listed = error.get("details")
    details = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    message = error.get("message") or json.dumps(error, ensure_ascii=False)
    return Fault(
        status,
        str(message)[:SHOWN],
        str(error.get("status") or ""),
        next((str(one["reason"]) for one in details if one.get("reason")), ""),
        next(filter(None, (_seconds(one.get("retryDelay")) for one in details)), None),
        any(_DAILY.search(str(one.get("violations"))) for one in details if one.get("violations")),
    )


def provider_error(
    fault: Fault, host: str, *, model: str, headers: Mapping[str, str] | None = None, now: float = 0.0
) -> ProviderError:
    """Choose the error: by the words of the service first, then by the status."""
    message = f"{host}: {fault.message}" if fault.message else f"{host} answered with status {fault.status}"
    context = {"status": fault.status, "provider_code": fault.name, "provider_type": fault.reason, "model": model}
    kind = _kind(fault)
    pause = None
    if issubclass(kind, RateLimitError | OverloadedError):
        told = retry_after(headers or {}, now)
        pause = fault.pause if told is None else told
    if kind is RateLimitError and fault.daily:
        suggestions = ["wait for tomorrow, ask another model, or raise the quota of the project behind the key"]
        return kind(message, suggestions=suggestions, context=context, retry_after=pause, retryable=False)
    return kind(message, suggestions=_suggestions(kind, fault, model), context=context, retry_after=pause)


def blocked(host: str, what: str, reason: str, told: str, model: str) -> ContentFilterError:
    """Say that a prompt or an answer was withheld."""
    message = f"{host} withheld {what}: {reason}" + (f" ({told[:SHOWN]})" if told else "")
    suggestions = ["say it differently", "look at safety in [providers.google]"]
    return ContentFilterError(message, suggestions=suggestions, context={"provider_code": reason, "model": model})


def _kind(fault: Fault) -> type[ProviderError]:
    if fault.reason in _KEY_REASONS:  # a wrong key is an invalid argument here
        return AuthenticationError
    if fault.status in (0, 400, 413) and _TOO_LONG.search(fault.message):
        return ContextLengthError
    named = _BY_NAME.get(fault.name)
    return named or _BY_STATUS.get(fault.status) or (OverloadedError if fault.status >= FAILED else ProviderError)


def _suggestions(kind: type[ProviderError], fault: Fault, model: str) -> list[str]:
    if fault.name == "FAILED_PRECONDITION":
        return ["turn on billing for the project behind the key", "check that the service is offered in your country"]
    return {
        AuthenticationError: ["check the key, and whether it may use this model"],
        BadRequestError: ["change the request as the service says"],
        ContextLengthError: ["send fewer messages, or choose a model with a larger window"],
        ModelNotFoundError: [f"check the model's name, {model!r}", "check api_version in [providers.google]"],
        OverloadedError: ["try again later"],
        RateLimitError: ["wait, or ask less often"],
    }.get(kind, ["check base_url in [providers.google], and what answers there"])


def _seconds(text: object) -> float | None:
    """Read a duration as protobuf writes it in JSON: `34.074824224s`."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", text) if isinstance(text, str) else None
    return float(found[1]) if found else None
