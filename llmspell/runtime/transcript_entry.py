"""Entries of a transcript as JSON data without secrets.

An attempt of a model call: what was asked, what went over the wire, what came. The end of a run without an answer: what
became of its tool calls, and why it ended.
"""

from __future__ import annotations

import base64
import codecs
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from attrs import fields, has

from llmspell.model.llm import Completion, Content, Part, ReasoningDelta, Text, TextDelta, ToolCallDelta
from llmspell.model.run_state import RunState
from llmspell.runtime.ops import describe
from llmspell.services.config_sections import is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llmspell.model.agent import ToolRecord
    from llmspell.model.llm import ToolCall
    from llmspell.services.http_heard import Exchanged

    Mask = Callable[[str], str]

VERSION = 1
"""The form of an entry, in its field `transcript`."""

DEPTH = 100
WITHHELD = "the answer repeats a secret, in pieces that cannot be masked"
HIDDEN = "<hidden>"
_PARTS = {kind: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(Content | Part)}
_QUERY = re.compile(r"([?&])([^=&#]+)=([^&#]*)")


class Attempt:
    """What is known of one attempt; `number` 0 means that nobody was asked: a hook answered or refused the call."""

    __slots__ = ("began", "error", "exchanges", "number", "parts", "replayed", "request", "result", "seconds", "where")

    def __init__(self, number: int, where: Mapping[str, object], request: object) -> None:
        self.number = number
        self.where = where
        self.request = request
        self.began = self.seconds = 0.0
        self.parts: list[object] | None = None
        self.exchanges: list[Exchanged] = []
        self.result: object = None
        self.error: BaseException | None = None
        self.replayed = False

    def told(self, mask: Mask) -> dict[str, object]:
        """Give the entry; `mask` takes the values of secrets out of a text."""
        spilled = _spilled(self, mask)
        return {
            "transcript": VERSION,
            "time": datetime.fromtimestamp(self.began, UTC).isoformat(timespec="milliseconds"),
            **plain(self.where, mask),
            "attempt": self.number,
            "seconds": round(self.seconds, 6),
            "replayed": self.replayed,
            "asked": plain(self.request, mask),
            "exchanges": [_exchange(one, mask, withheld=spilled) for one in self.exchanges],
            "parts": WITHHELD if spilled and self.parts else plain(self.parts, mask),
            "answer": plain(self.result, mask),
            "error": _error(self.error, mask),
        }


class End:
    """What is known of a run of an agent that ended without an answer."""

    __slots__ = ("began", "error", "given", "result", "seconds", "where")

    def __init__(self, where: Mapping[str, object], given: object) -> None:
        self.where = where
        self.given = given
        self.began = self.seconds = 0.0
        self.result: object = None
        self.error: BaseException | None = None

    @property
    def unanswered(self) -> bool:
        """Tell whether there is no answer."""
        return self.error is not None or getattr(self.result, "status", "done") != "done"

    def told(self, mask: Mask) -> dict[str, object]:
        """Give the entry; `mask` takes the values of secrets out of a text."""
        state = getattr(self.error, "run_state", None)
        if not isinstance(state, RunState):
            state = None
        records = getattr(self.result, "tool_calls", ()) if state is None else state.records
        return {
            "transcript": VERSION,
            "time": datetime.fromtimestamp(self.began, UTC).isoformat(timespec="milliseconds"),
            **plain(self.where, mask),
            "seconds": round(self.seconds, 6),
            "asked": plain(getattr(self.given, "message", self.given), mask),
            "turns": 0 if state is None else state.turns,
            "calls": [_call(one.call, mask, one) for one in records]
            + [_call(one, mask) for one in (() if state is None else state.open_calls())],
            "waiting": plain(getattr(self.result, "pending", ()), mask),
            "recoveries": plain([] if state is None else state.recoveries, mask),
            "error": _error(self.error, mask),
        }


def _call(call: ToolCall, mask: Mask, record: ToolRecord | None = None) -> dict[str, object]:
    """Tell a tool call; one that was under way when the run ended has no outcome."""
    told: dict[str, object] = {"id": call.id, "name": call.name, "arguments": call.arguments, "outcome": None}
    if record is not None:
        told |= {"outcome": record.outcome, "result": record.result, "error": record.error}
    found: dict[str, object] = plain(told, mask)
    return found


def _error(error: BaseException | None, mask: Mask) -> object:
    if error is None:
        return None
    if not isinstance(error, Exception):
        return {"type": "cancelled", "message": "the call was cancelled"}
    return plain(describe(error), mask)


def _spilled(attempt: Attempt, mask: Mask) -> bool:
    """Tell whether the model said a secret over several pieces, none of which shows it."""
    unseen = attempt.parts is None and any(map(_is_stream, attempt.exchanges))
    for pieces in _said(attempt):
        masked = mask("".join(pieces))
        if ("<secret " in masked) if unseen else (masked != "".join(map(mask, pieces))):
            return True
    return False


def _is_stream(exchange: Exchanged) -> bool:
    return not exchange.answer.get("content-type", "application/json").startswith("application/json")


def _said(attempt: Attempt) -> Iterable[list[str]]:
    """Give what a model said, each text in the pieces in which it came, as far as that is known."""
    pieces: dict[object, list[str]] = {}
    for part in attempt.parts or ():
        if isinstance(part, TextDelta | ReasoningDelta):
            pieces.setdefault(type(part), []).append(part.text)
        elif isinstance(part, ToolCallDelta):
            pieces.setdefault(part.index, []).append(part.text)
    yield from pieces.values()
    if isinstance(attempt.result, Completion):
        yield [part.text for part in attempt.result.message.parts if isinstance(part, Text)]
    partial = getattr(attempt.error, "context", {}).get("partial_text")
    if isinstance(partial, str):
        yield [partial]


# -- the wire ----------------------------------------------------------------------------------------------------------


def _exchange(heard: Exchanged, mask: Mask, *, withheld: bool) -> dict[str, object]:
    hop = heard.hop
    received: dict[str, object] | None = None
    if heard.status is not None:
        told: dict[str, object] = {"withheld": WITHHELD} if withheld and heard.chunks else _chunks(heard.chunks, mask)
        received = {"status": heard.status, "headers": _headers(heard.answer.items(), mask), **told}
        received["complete"] = heard.complete
    return {
        "sent": {
            "method": hop.method,
            "url": mask(_QUERY.sub(_hidden_value, str(hop.target.url))),
            "headers": _headers(heard.sent, mask),
            "body": None if hop.body is None else _body(hop.body, mask),
        },
        "received": received,
        "seconds": round(heard.seconds, 6),
        "error": _error(heard.error, mask),
    }


def _headers(lines: Iterable[tuple[str, str]], mask: Mask) -> dict[str, str]:
    """Give headers by name; one whose name says that it holds a secret shows no more than the secret's name."""
    told: dict[str, str] = {}
    for name, value in lines:
        shown = HIDDEN if is_secret(name) and "<secret " not in value else mask(value)
        told[name] = f"{told[name]}, {shown}" if name in told else shown
    return told


def _hidden_value(found: re.Match[str]) -> str:
    name = found[2]
    return f"{found[1]}{name}={HIDDEN if is_secret(name) or name == 'key' else found[3]}"


def _body(body: bytes, mask: Mask) -> object:
    try:
        return mask(body.decode("utf-8"))
    except UnicodeDecodeError:
        return {"base64": mask(base64.b64encode(body).decode("ascii"))}


def _chunks(pieces: list[tuple[float, bytes]], mask: Mask) -> dict[str, object]:
    """Give the pieces of a body: `chunks` are `[seconds, text]`, `rest` the bytes of a letter that was cut off.

    A letter is told with the piece that ends it. Pieces that share a secret are told as one. What is no text is in
    base64, as one piece.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        texts = [(at, decoder.decode(piece)) for at, piece in pieces]
    except UnicodeDecodeError:
        whole = b"".join(piece for _, piece in pieces)
        if mask(whole.decode("latin-1")) != whole.decode("latin-1"):
            return {"withheld": WITHHELD}
        return {"base64": base64.b64encode(whole).decode("ascii")}
    rest = decoder.getstate()[0]
    told: dict[str, object] = {} if not rest else {"rest": {"base64": base64.b64encode(rest).decode("ascii")}}
    joined = mask("".join(text for _, text in texts))
    masked = [[round(at, 6), mask(text)] for at, text in texts]
    if "".join(str(text) for _, text in masked) != joined:
        masked = [[masked[-1][0], joined]]
    return {"chunks": masked, **told}


# -- values ------------------------------------------------------------------------------------------------------------


def plain(value: Any, mask: Mask, depth: int = DEPTH) -> Any:
    """Give a value of the model as JSON data; a part names its kind in `part`, a field of value None is left out."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return {"base64": mask(base64.b64encode(value).decode("ascii"))}
    if isinstance(value, Mapping | list | tuple | set | frozenset) or has(type(value)):
        return _nested(value, mask, depth - 1) if depth else "<nested too deeply>"
    return mask(str(value))


def _nested(value: Any, mask: Mask, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {mask(str(key)): plain(one, mask, depth) for key, one in value.items()}
    if not has(type(value)):
        return [plain(one, mask, depth) for one in value]
    told = {one.name: getattr(value, one.name) for one in fields(type(value))}
    named = {"part": _PARTS[type(value)]} if type(value) in _PARTS else {}
    return {**named, **{key: plain(one, mask, depth) for key, one in told.items() if one is not None}}
