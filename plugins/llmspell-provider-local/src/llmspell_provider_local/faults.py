"""What llama.cpp says when it does not answer, in the words of our own errors."""

from __future__ import annotations

import re
from typing import Any

from llmspell.errors import BadRequestError, ContextLengthError, OverloadedError, ProviderError, StreamInterruptedError
from llmspell.spec.provider_faults import SHOWN

TOO_LONG = "exceed_context_size_error"
SERVER_FAULT = 500
_STAMP = re.compile(r"^[\d.]+ [A-Z] +")
"""Before each line of the log: the time since the start, and how bad it is."""


def provider_error(fault: dict[str, Any], model: str) -> ProviderError:
    """Choose the error by its type, then by its words, then by its status."""
    status, kind = fault.get("code"), str(fault.get("type", ""))
    message = f"{model}: {str(fault.get('message') or fault)[:SHOWN]}"
    context = {"status": status, "provider_type": kind, "model": model}
    if kind == TOO_LONG or "too large to process" in message:  # a text to embed has no error type of its own
        advice = ["send fewer messages", "raise context in [providers.local], up to what the model was made for"]
        return ContextLengthError(message, suggestions=advice, context=context)
    if "ooling type" in message:
        advice = ['set pooling = "mean" in [providers.local], or choose a model made for embeddings']
        return BadRequestError(message, suggestions=advice, context=context)
    if "does not match the expected" in message:  # a tool call that only begins as one
        advice = ["try again", "choose a model that was made for tools", "demand the call with tool_choice"]
        return StreamInterruptedError(message, suggestions=advice, context=context)
    if kind == "unavailable_error":
        return OverloadedError(message, suggestions=["try again later"], context=context)
    if isinstance(status, int) and status < SERVER_FAULT:
        return BadRequestError(message, suggestions=["change the request as llama.cpp says"], context=context)
    advice = ["choose a smaller model or context when memory is short"]
    return ProviderError(message, suggestions=advice, context=context, retryable=False)


def load_error(model: str, told: dict[str, Any], said: str, status: int | None) -> ProviderError:
    """Say why a process does not run its model: what it told and complained about, or how it ended."""
    context = {"model": model, "status": status}
    if "absent" in told:
        return ProviderError(
            f"llama.cpp cannot be loaded: {told['absent']}",
            suggestions=["install xllamacpp anew: pip install --force-reinstall xllamacpp"],
            context=context,
            retryable=False,
        )
    why = [said[:SHOWN], str(told.get("failed", "")), "" if told else f"its process ended with status {status}"]
    return ProviderError(
        f"the model file {model} cannot be run: {'; '.join(filter(None, why))}",
        suggestions=[
            "check that the file is a whole GGUF model: compare its size or checksum with its source",
            "ask for a smaller context, or choose a smaller model, when memory is short",
            "look at template and the other keys of [providers.local] when the complaint is about one of them",
        ],
        context=context,
        retryable=False,
    )


def died(model: str, said: str, status: int | None) -> StreamInterruptedError:
    """Say that a process ended before its answer did; a negative status is the signal that killed it."""
    last = said[-SHOWN:] or "it said nothing"
    return StreamInterruptedError(
        f"the process that ran {model} ended with status {status} while it answered: {last}",
        suggestions=["try again: the model is loaded anew", "choose a smaller model or context when memory is short"],
        context={"model": model, "status": status},
    )


def silent(model: str, what: str, timeout: float, *, begun: bool = False) -> ProviderError:
    """Say that a process said nothing for too long and has been stopped; `begun`: in the middle of an answer."""
    kind = StreamInterruptedError if begun else OverloadedError
    return kind(
        f"{model} took more than {timeout:g} seconds {what} and was stopped",
        suggestions=["raise timeout in [providers.local]", "choose a smaller model"],
        context={"model": model},
    )


def complaints(said: bytes) -> str:
    """Make a sentence of a log: no times, nothing twice."""
    lines = (_STAMP.sub("", line).strip() for line in said.decode(errors="replace").splitlines())
    return "; ".join(dict.fromkeys(filter(None, lines)))
