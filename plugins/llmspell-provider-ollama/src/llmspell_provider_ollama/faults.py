"""What a server says when it does not answer, in the words of our own errors.

Ollama sends `{"error": "a sentence"}`, with a status or as the last line of a stream. Its sentences are those of
docs/api/errors.mdx and of the handlers in its server/routes.go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
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
    r"context (length|window|size)|available context|prompt is too long|input length exceeds", re.IGNORECASE
)
_NO_MEMORY = re.compile(r"requires more (system|GPU|video)? ?memory|out of memory", re.IGNORECASE)
_NO_MODEL = re.compile(r"model .{0,200}not found|file does not exist|no such model", re.IGNORECASE | re.DOTALL)
_BUSY = re.compile(r"server busy|maximum pending requests", re.IGNORECASE)
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: ModelNotFoundError,
    408: OverloadedError,
    413: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
    499: OverloadedError,
}
FAILED = 500


class Fault(NamedTuple):
    """One error as a server tells it; inside an answer it has the status that the server would have sent."""

    status: int
    message: str


def read_fault(status: int, body: bytes) -> Fault:
    """Read the body of an error answer, whatever form the server or a proxy gave it."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Fault(status, readable(body))
    return fault_of(data, status) if isinstance(data, dict) else Fault(status, str(data or "")[:SHOWN])


def fault_of(data: Mapping[str, Any], status: int = FAILED) -> Fault:
    """Read an object with an `error`. Inside a stream the server writes what would else have been status 500."""
    error = data.get("error") or data.get("message") or data.get("detail") or ""
    if isinstance(error, dict):
        error = error.get("message") or json.dumps(error, ensure_ascii=False)
    return Fault(status, str(error)[:SHOWN])


def provider_error(
    fault: Fault, host: str, *, model: str, headers: Mapping[str, str] | None = None, now: float = 0.0
) -> ProviderError:
    """Choose the error: by the words of the server first, then by the status."""
    message = f"{host}: {fault.message}" if fault.message else f"{host} answered with status {fault.status}"
    context = {"status": fault.status, "model": model}
    if _NO_MEMORY.search(fault.message):
        suggestions = ["ask a smaller model, or one with stronger quantization", "lower context in [providers.ollama]"]
        return ProviderError(message, suggestions=suggestions, context=context, retryable=False)
    kind = _kind(fault)
    pause = retry_after(headers or {}, now) if issubclass(kind, RateLimitError | OverloadedError) else None
    return kind(message, suggestions=_suggestions(kind, fault, model), context=context, retry_after=pause)


def _kind(fault: Fault) -> type[ProviderError]:
    if _BUSY.search(fault.message):
        return OverloadedError
    if fault.status in (400, 413, 422, FAILED) and _TOO_LONG.search(fault.message):
        return ContextLengthError
    if fault.status in (400, 404, FAILED) and _NO_MODEL.search(fault.message):
        return ModelNotFoundError
    return _BY_STATUS.get(fault.status) or (OverloadedError if fault.status >= FAILED else ProviderError)


def _suggestions(kind: type[ProviderError], fault: Fault, model: str) -> list[str]:
    if kind is BadRequestError and "does not support" in fault.message:
        return ["ask a model that can; `ollama show` tells what a model can do"]
    return {
        AuthenticationError: [
            "sign in on the server's machine with `ollama signin`",
            "set api_key_env in [providers.ollama] to a variable with a key of ollama.com",
        ],
        BadRequestError: ["change the request as the server says"],
        ContextLengthError: [
            "raise context in [providers.ollama], as far as the model and its memory go",
            "send fewer messages, or set truncate = true to let the server drop the oldest ones",
        ],
        ModelNotFoundError: [f"fetch it: ollama pull {model}", "see what there is: ollama list"],
        OverloadedError: ["try again later", "look into the server's log"],
        RateLimitError: ["wait, or ask less often"],
    }.get(kind, ["check base_url in [providers.ollama], and what answers there"])
