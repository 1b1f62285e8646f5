"""From the events of a response to parts. A whole answer is the response object that ends a stream.

The order of events and the fields of items are those of the API's `ResponseStreamEvent` and `Response`. An item is
complete when `response.output_item.done` repeats it; deltas before it only show it early, and a server that sends none
loses nothing.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from llmspell.errors import StreamInterruptedError
from llmspell.model.llm import Finish, Media, MediaPart, TextDelta, UnknownPart, Usage, UsagePart
from llmspell.spec.provider_faults import number_of, text_of
from llmspell_provider_openai.responses.items import NOTE, ORIGIN, CallItem, Item, MessageItem, ReasoningItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.llm import FinishReason, Part

_CUT: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_RESPONSE = frozenset(
    (
        "id",
        "object",
        "created_at",
        "completed_at",
        "status",
        "background",
        "error",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "model",
        "output",
        "output_text",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "usage",
        "user",
        "metadata",
        "conversation",
        "billing",
        "frequency_penalty",
        "presence_penalty",
    )
)
_KINDS: dict[str, type[Item]] = {"message": MessageItem, "function_call": CallItem, "reasoning": ReasoningItem}


class ResponseReader:
    """Take decoded events with `feed`; `finish` gives the last parts or says that the answer was cut.

    `new_id` makes an id for a tool call whose server sent none; `text` is what was said so far; `limits` is told at the
    end.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.limits: dict[str, dict[str, float]] | None = None
        self._new_id = new_id
        self._items: dict[int, Item] = {}  # by their place in the response's output
        self._places: dict[str, int] = {}  # by their id, for servers that send no place
        self._kept: list[Part] = []  # around the items; told at the end
        self._calls = 0
        self._said: list[str] = []
        self._finish: Finish | None = None
        self._state = "ended"

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    @staticmethod
    def fault(data: dict[str, Any]) -> object:
        """Give the error object of an event or of a whole answer, nothing where there is none."""
        if data.get("type") == "error":
            return data.get("error") or {key: data[key] for key in ("code", "message") if key in data}
        response = data.get("response")
        return data.get("error") or (response.get("error") if isinstance(response, dict) else None)

    def feed(self, data: dict[str, Any]) -> list[Part]:
        """Give the parts of one event, or of a whole response; the caller has looked for its error."""
        kind = data.get("type")
        parts: list[Part] = []
        if kind is None:
            self._end(data, parts)
        elif kind in _ENDS:
            self._end(data["response"], parts)
        elif kind == "response.output_item.added":
            self._item(self._place(data), data["item"]).begin(data["item"], parts)
        elif kind == "response.output_item.done":
            self._whole(self._place(data), data["item"], parts)
        elif "delta" in data or kind == "response.content_part.done":
            item = self._items.get(data.get("output_index", self._places.get(data.get("item_id", ""), -1)))
            if item is not None:
                item.more(str(kind), data, parts)
        return self._noted(parts)

    def finish(self, *, ended: bool) -> list[Part]:  # noqa: ARG002 - an answer of this API ends with its response object
        """Give what stands around the answer and the `Finish`.

        Raises `StreamInterruptedError` when the answer is not complete.
        """
        if self._finish is None:
            raise self.interrupted(f"the answer {self._state} before it was complete")
        return [*self._kept, self._finish]

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    def _noted(self, parts: list[Part]) -> list[Part]:
        self._said += [part.text for part in parts if isinstance(part, TextDelta)]
        return parts

    def _place(self, data: dict[str, Any]) -> int:
        """Give an item's place in the output; llama.cpp's server tells its id only."""
        if "output_index" in data:
            place: int = data["output_index"]
            return place
        item = data["item"]
        name = text_of(item.get("id")) or text_of(item["call_id"]) or ""
        return self._places.setdefault(name, len(self._places))

    def _item(self, place: int, data: dict[str, Any]) -> Item:
        item = self._items.get(place)
        if item is None:
            kind = _KINDS.get(text_of(data.get("type")) or "", Item)
            item = self._items[place] = kind(self._calls, self._new_id)
            self._calls += kind is CallItem
        return item

    def _whole(self, place: int, data: dict[str, Any], parts: list[Part]) -> None:
        """Take an item in full: what no delta has shown comes now."""
        item = self._item(place, data)
        if item.done:
            return
        item.done = True
        if isinstance(item, (MessageItem, CallItem, ReasoningItem)):
            item.end(data, parts)
            self._kept += item.notes
        elif data.get("type") == "image_generation_call" and data.get("result"):
            parts.append(_picture(data))
        else:
            parts.append(UnknownPart(text_of(data["type"]) or "item", data, ORIGIN))

    def _end(self, response: dict[str, Any], parts: list[Part]) -> None:
        for place, data in enumerate(response["output"]):
            self._whole(place, data, parts)
        if response.get("usage"):
            parts.append(UsagePart(read_usage(response["usage"])))
        self._kept += [UnknownPart(k, {k: v}, NOTE) for k, v in sorted(response.items()) if v and k not in _RESPONSE]
        status = response.get("status") or "completed"
        if status in ("completed", "incomplete"):
            model, identity = text_of(response.get("model")), text_of(response.get("id"))
            self._finish = Finish(self._reason(response), model, identity, self.limits)
        else:
            self._state = f"is {status!r}"

    def _reason(self, response: dict[str, Any]) -> FinishReason:
        items = self._items.values()
        if any(isinstance(item, MessageItem) and item.refused for item in items):
            return "content_filter"
        if response.get("status") == "incomplete":
            return _CUT.get(text_of((response.get("incomplete_details") or {}).get("reason")) or "", "other")
        return "tool_calls" if any(isinstance(item, CallItem) for item in items) else "stop"


def read_usage(usage: dict[str, Any]) -> Usage:
    """Count the tokens of a `usage` object."""
    asked = usage.get("input_tokens_details") or {}
    answered = usage.get("output_tokens_details") or {}
    return Usage(
        requests=1,
        input_tokens=number_of(usage, "input_tokens"),
        output_tokens=number_of(usage, "output_tokens"),
        cached_tokens=number_of(asked, "cached_tokens"),
        reasoning_tokens=number_of(answered, "reasoning_tokens"),
    )


def _picture(item: dict[str, Any]) -> MediaPart:
    media_type = f"image/{text_of(item.get('output_format')) or 'png'}"
    return MediaPart(Media(kind="image", media_type=media_type, data=base64.b64decode(item["result"], validate=True)))
