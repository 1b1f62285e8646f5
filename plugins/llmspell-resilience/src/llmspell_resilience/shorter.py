"""Shorten a conversation: older turns go, the newest and the calls of tools in it stay whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.model.llm import LlmRequest


def shortened(request: LlmRequest) -> LlmRequest | None:
    """Give a request without the older half of its turns; None when there is but one.

    A turn begins with a message of the user, so that no result of a tool is left without its call.
    """
    turns = enumerate(request.messages)
    starts = [index for index, message in turns if message.role == "user" and not message.automatic]
    if len(starts) < 2:  # noqa: PLR2004 - one turn is what is asked now
        return None
    return request.replace(messages=request.messages[starts[len(starts) // 2] :])
