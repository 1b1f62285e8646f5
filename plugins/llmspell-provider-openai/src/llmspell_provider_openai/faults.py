"""What a server says when it does not answer, in the words of our own errors."""

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

_TOO_LONG = re.compile(
    r"maximum context length|context[ _](length|window|size)|too many (input )?tokens|prompt is too long", re.IGNORECASE
)
_TOO_LARGE = re.compile(r"input \(\d+ tokens\) is too large to process")
"""What llama.cpp's server says, with status 500, of a text to embed."""
_NO_MONEY = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"}
)
_BY_MARK: tuple[tuple[frozenset[str], type[ProviderError]], ...] = (
    (frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}), ContentFilterError),
    (frozenset({"invalid_api_key"}), AuthenticationError),
    (frozenset({"model_not_found"}), ModelNotFoundError),
    (frozenset({"rate_limit_exceeded"}), RateLimitError),
    (frozenset({"overloaded", "overloaded_error", "server_error", "service_unavailable"}), OverloadedError),
)
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: ModelNotFoundError,
    408: OverloadedError,
    409: OverloadedError,
    413: BadRequestError,
    415: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
}


class Fault(NamedTuple):
    """One error as a server tells it; `status` is 0 where it came inside an answer."""

    status: int
    message: str
    code: str
    type: str

    @property
    def marks(self) -> frozenset[str]:
        """Give its code and type together: servers put the same words in either."""
        return frozenset({self.code, self.type})


def read_fault(status: int, body: bytes) -> Fault:
    """Read the body of an error answer, whatever form the server gave it."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Fault(status, readable(body), "", "")
    if isinstance(data, list) and data:
        data = data[0]
    return fault_of((data.get("error") or data) if isinstance(data, dict) else data, status)


def fault_of(error: object, status: int = 0) -> Fault:
    """Read an error object; a numeric `code` inside an answer is the status the server would have sent."""
    if not isinstance(error, dict) or not error:
        return Fault(status, str(error or "")[:SHOWN], "", "")
    code = error.get("code")
    if not status and isinstance(code, int):
        status = code
    message = error.get("message") or error.get("detail") or json.dumps(error, ensure_ascii=False)
    return Fault(status, str(message)[:SHOWN], str(code or ""), str(error.get("type") or error.get("status") or ""))


def provider_error(
    fault: Fault, host: str, *, model: str, headers: Mapping[str, str] | None = None, now: float = 0.0
) -> ProviderError:
    """Choose the error: by the words of the server first, then by the status."""
    message = f"{host}: {fault.message}" if fault.message else f"{host} answered with status {fault.status}"
    context = {"status": fault.status, "provider_code": fault.code, "provider_type": fault.type, "model": model}
    kind, suggestions, retryable = _choose(fault, model)
    pause = retry_after(headers or {}, now) if issubclass(kind, RateLimitError | OverloadedError) else None
    return kind(message, suggestions=suggestions, context=context, retry_after=pause, retryable=retryable)


def _choose(fault: Fault, model: str) -> tuple[type[ProviderError], list[str], bool | None]:
    """Give the error's class, what to do about it, and whether to try again where the class alone does not tell."""
    kind = _kind(fault)
    if kind is RateLimitError and _out_of_money(fault):
        return kind, ["check the plan and the balance of the account behind the key"], False
    suggestions = {
        ContextLengthError: ["send fewer messages, or choose a model with a larger window"],
        ContentFilterError: ["say it differently"],
        AuthenticationError: ["check the key, and whether it may use this model"],
        ModelNotFoundError: [f"check the model's name, {model!r}", "check base_url: it mostly ends with /v1"],
        RateLimitError: ["wait, or ask less often"],
        OverloadedError: ["try again later"],
        BadRequestError: ["change the request as the server says"],
    }
    return kind, suggestions.get(kind, ["check base_url, and what answers there"]), None


def _kind(fault: Fault) -> type[ProviderError]:
    too_long = fault.status in (0, 400, 413, 422) and _TOO_LONG.search(fault.message) is not None
    if too_long or _TOO_LARGE.search(fault.message) or "context_length_exceeded" in fault.marks:
        return ContextLengthError
    if _out_of_money(fault):
        return RateLimitError
    for marks, kind in _BY_MARK:
        if fault.marks & marks:
            return kind
    if not fault.status and "invalid_request_error" in fault.marks:
        return BadRequestError
    return _BY_STATUS.get(fault.status) or (OverloadedError if fault.status >= 500 else ProviderError)  # noqa: PLR2004


def _out_of_money(fault: Fault) -> bool:
    return bool(fault.marks & _NO_MONEY) or fault.status == 402  # noqa: PLR2004 - payment required
