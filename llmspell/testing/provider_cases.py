"""What a provider's author supplies to its contract: one exchange with the service for every named case."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmspell.model.llm import LlmRequest, ToolSpec, message
from llmspell.testing.server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from llmspell.testing.server import Request

TEXT = "Grüße, 🌍!"
"""What the exchange `text` says; its letters beyond ASCII are cut by some of the chunkings."""

INPUT_TOKENS, OUTPUT_TOKENS = 11, 7
"""What the exchange `text` counts."""

CALL_ID, CALL_NAME, CALL_ARGUMENTS = "call_1", "add", {"a": 2, "b": [3, "x"]}
"""What the exchange `tools` asks for, and `tools_interleaved` first."""

OTHER_ID, OTHER_ARGUMENTS = "call_2", {"a": 5}
"""What the exchange `tools_interleaved` asks of the same tool besides."""

REASONING = "Two and two."
"""What the exchange `reasoning` thinks before it says `TEXT`."""

MARK = "contract-mark"
"""What the unknown field or part of an exchange holds, somewhere inside."""

ADD = ToolSpec(
    name=CALL_NAME,
    description="Add numbers.",
    schema={"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": True},
)
REQUEST = LlmRequest(
    model="contract-model", messages=(message("user", "Say the word sesame."),), system="Be brief.", tools=(ADD,)
)

ANSWERS = ("text", "text_empty_deltas", "tools", "tools_interleaved", "reasoning", "unknown_field", "unknown_part")
"""The cases that are whole answers in streams."""

WHOLE_ANSWERS = ("text_whole", "tools_whole")
"""Those that are one body each."""

Framing = Literal["sse", "ndjson"]
STREAM_TYPES: Mapping[Framing, str] = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
SEPARATORS: Mapping[Framing, bytes] = {"sse": b"\n\n", "ndjson": b"\n"}
BROKEN: Mapping[Framing, bytes] = {"sse": b"data: {this is not JSON\n\n", "ndjson": b"{this is not JSON\n"}

CAPABILITIES: Mapping[str, str] = {
    "end_mark": "an event of its own that ends a stream, after the one that says why the answer ended",
    "forbidden": "a refusal of a good key",
    "parallel_tools": "several tool calls in one answer",
    "reasoning": "reasoning apart from the answer",
    "refusals": "refusals to answer",
    "service": "keys, limits and a choice of models, as a service has",
    "tools": "tool calls",
    "unknown_parts": "content in typed parts, which go back as they came",
    "usage": "counts of tokens",
    "whole": "answers that are asked for whole when nobody looks at the parts",
}
"""What a service may lack; whoever lacks it names it in `lacks` and leaves out its cases."""

CASES: Mapping[str, tuple[str, ...]] = {
    # streams
    "text": (),
    "text_empty_deltas": (),
    "text_unmarked": ("end_mark",),
    "reasoning": ("reasoning",),
    "tools": ("tools",),
    "tools_interleaved": ("tools", "parallel_tools"),
    "unknown_field": (),
    "unknown_part": ("unknown_parts",),
    "stream_error": (),
    # whole answers
    "text_whole": ("whole",),
    "tools_whole": ("whole", "tools"),
    # failures
    "bad_request": (),
    "context_length": (),
    "forbidden": ("service", "forbidden"),
    "overloaded": (),
    "rate_limited": ("service",),
    "refused": ("refusals",),
    "server_error": (),
    "wrong_key": ("service",),
    "wrong_model": ("service",),
}
"""The name of every case, and the capabilities without which it is left out.

text                the answer `TEXT`, its first letter in an event of its own, counted, ended with reason `stop`
text_empty_deltas   the same among deltas that hold nothing, of every kind the service may send
text_unmarked       the same without its end mark (`[DONE]`, `message_stop`)
reasoning           `REASONING`, then `TEXT`
tools               a call of `CALL_NAME` with `CALL_ID` and `CALL_ARGUMENTS`, the argument text in pieces
tools_interleaved   that call and a second one, their argument pieces taking turns as far as the service allows
unknown_field       the answer `TEXT`, with `MARK` in a field of a name that no version knows
unknown_part        the answer `TEXT`, with `MARK` in a part of a type that no version knows
stream_error        the beginning of `TEXT`, then an error object that says the service is overloaded
text_whole          `text` as one body; `tools_whole` as well
refused             a refusal to answer, as an error or as an answer with that reason
"""


class Exchange(NamedTuple):
    """One answer of the service, and what must have been asked for it.

    `source` tells where it comes from: "recorded from ..." with the server's name and version, or "constructed from
    ..." with the address of the vendor's public documentation. `says` are words of the service that an error must
    repeat. `sent` is a part of the request's JSON body: of its objects those fields, of its lists all items. `path` is
    the request's path, not looked at when empty.
    """

    body: bytes
    source: str
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}
    says: str = ""
    sent: Mapping[str, object] = {}
    path: str = ""

    @property
    def streamed(self) -> bool:
        """Tell whether the answer comes as a stream."""
        return self.content_type in STREAM_TYPES.values()

    def with_headers(self, headers: Mapping[str, str]) -> Exchange:
        """Give the same with more headers."""
        return self._replace(headers={**self.headers, **headers})

    def reply(self, *, sizes: Iterable[int] = ()) -> Reply:
        """Give the answer as the server sends it, a stream cut after `sizes` bytes each."""
        headers = {**self.headers, "content-type": self.content_type}
        written = Reply.sse(self.body, sizes=sizes) if self.streamed else Reply.of(self.body)
        return written._replace(status=self.status, headers=headers)

    def faults(self, request: Request) -> list[str]:
        """Tell in what a request differs from what this answer belongs to."""
        found = [] if self.path in ("", request.path) else [f"the path is {request.path!r}, wanted {self.path!r}"]
        return found + (_differences(request.json(), self.sent, "$") if self.sent else [])


def stream(
    *events: object,
    source: str,
    framing: Framing = "sse",
    names: str | None = None,
    mark: str | None = None,
    **more: Any,
) -> Exchange:
    """Write a streamed exchange of JSON events.

    `names` is the field of an event that is sent as its SSE name, too; `mark` is sent as the last event, as it is.
    """
    texts = [json.dumps(event, ensure_ascii=False) for event in events]
    if framing == "ndjson":
        lines = [f"{text}\n" for text in texts]
    else:
        heads = [f"event: {event[names]}\n" if names and isinstance(event, Mapping) else "" for event in events]
        lines = [f"{head}data: {text}\n\n" for head, text in zip(heads, texts, strict=True)]
        lines += [f"data: {mark}\n\n"] if mark is not None else []
    return Exchange("".join(lines).encode(), source, content_type=STREAM_TYPES[framing], **more)


def whole(body: object, *, source: str, status: int = 200, **more: Any) -> Exchange:
    """Write an exchange of one JSON body."""
    return Exchange(json.dumps(body, ensure_ascii=False).encode(), source, status, **more)


def after_first_letter(exchange: Exchange) -> int:
    """Find the end of the event that carries the first letter of the text."""
    at = exchange.body.find(TEXT[0].encode())
    assert at >= 0, f"the exchange does not hold the letter {TEXT[0]!r}"
    separator = SEPARATORS["sse" if exchange.content_type == STREAM_TYPES["sse"] else "ndjson"]
    return exchange.body.index(separator, at) + len(separator)


def events_of(exchange: Exchange) -> list[bytes]:
    """Take a stream apart: each event with what ends it."""
    separator = SEPARATORS["sse" if exchange.content_type == STREAM_TYPES["sse"] else "ndjson"]
    return [event + separator for event in exchange.body.split(separator) if event]


def disguises(exchange: Exchange) -> dict[str, bytes]:
    """Give the forms in which the same stream may come; a reader of the framing sees no difference."""
    body = exchange.body
    forms = {"CRLF": body.replace(b"\n", b"\r\n")}
    if exchange.content_type == STREAM_TYPES["ndjson"]:
        return {**forms, "blank lines": body.replace(b"\n", b"\n\n")}
    return {
        **forms,
        "CR": body.replace(b"\n", b"\r"),
        "comments": b": hello\n\n" + body.replace(b"\n\n", b"\n\n: ping\n\n"),
        "ids and retry": b"retry: 3000\n\n" + re.sub(rb"(?m)^data:", b"id: 7\ndata:", body),
        "BOM": b"\xef\xbb\xbf" + body,
        "no space": re.sub(rb"(?m)^(data|event): ", rb"\1:", body),
        "unknown SSE fields": re.sub(rb"(?m)^data:", b"color: blue\ndata:", body),
    }


def damaged(body: bytes, chance: Random, value: object) -> bytes:
    """Put another value in the place of one of a body's, somewhere in its JSON."""
    lines = body.split(b"\n")
    number = chance.choice([n for n, line in enumerate(lines) if b"{" in line])
    head, brace, text = lines[number].partition(b"{")
    data = json.loads(brace + text)
    inside: Any = data
    while True:
        key = chance.choice(list(inside) if isinstance(inside, dict) else list(range(len(inside))))
        if not isinstance(inside[key], dict | list) or not inside[key] or not chance.randrange(4):
            break
        inside = inside[key]
    inside[key] = value
    lines[number] = head + json.dumps(data).encode()
    return b"\n".join(lines)


def _differences(value: object, wanted: object, at: str) -> list[str]:
    if isinstance(wanted, Mapping) and isinstance(value, Mapping):
        missing = [f"{at} has no {key!r}" for key in wanted if key not in value]
        return missing + [
            line for key, one in wanted.items() if key in value for line in _differences(value[key], one, f"{at}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(value, list) and len(value) == len(wanted):
        pairs = enumerate(zip(value, wanted, strict=True))
        return [line for n, (one, other) in pairs for line in _differences(one, other, f"{at}[{n}]")]
    return [] if value == wanted else [f"{at} is {value!r}, wanted {wanted!r}"]
