"""What goes to a model and what comes back: messages of typed parts, requests, streamed parts, completions, usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import evolve, field, frozen

from llmspell.model.price import added, money

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "other"]


@frozen(kw_only=True)
class Text:
    """Plain text."""

    text: str


@frozen(kw_only=True)
class Media:
    """An image, a piece of audio or a file: `data` (bytes) or `url`, never both."""

    kind: Literal["image", "audio", "file"]
    media_type: str
    data: bytes | None = None
    url: str | None = None
    name: str | None = None


@frozen(kw_only=True)
class Reasoning:
    """A model's reasoning; `signature` is opaque and must travel back unchanged, to the API that `origin` names."""

    text: str
    signature: str | None = None
    origin: str | None = None


@frozen(kw_only=True)
class ToolCall:
    """A model asks for a tool. `arguments` is decoded JSON; `raw` is kept when the text was not a JSON object."""

    id: str
    name: str
    arguments: Mapping[str, object] = field(factory=dict)
    raw: str | None = None


@frozen(kw_only=True)
class ToolResult:
    """Tell a model what became of its call; each call has exactly one outcome."""

    id: str
    name: str
    content: str
    outcome: Literal["done", "failed", "refused", "not_run"] = "done"


@frozen(kw_only=True)
class Unknown:
    """A part of a type we do not know, kept as it came.

    `origin` names whose wire format it is; other providers leave it out. Without one it goes to any provider.
    """

    type: str
    data: Mapping[str, object]
    origin: str | None = None


Content: TypeAlias = Text | Media | Reasoning | ToolCall | ToolResult | Unknown


@frozen(kw_only=True)
class Message:
    """One turn of a conversation; an `automatic` one of the user was said by nobody, but by a rule of the run."""

    role: Role
    parts: tuple[Content, ...]
    automatic: bool = False

    @property
    def text(self) -> str:
        """Join the text parts."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """Join what the model thought, as far as it is told."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Give the tool calls in the order the model made them."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def media(self) -> tuple[Media, ...]:
        """Give the images, audio and files."""
        return tuple(part for part in self.parts if isinstance(part, Media))

    def with_text(self, text: str) -> Message:
        """Return a copy with another text, where the first one stood, else in front; its other parts stay."""
        parts: list[Content] = [part for part in self.parts if not isinstance(part, Text)]
        texts = (index for index, part in enumerate(self.parts) if isinstance(part, Text))
        parts.insert(next(texts, 0), Text(text=text))
        return evolve(self, parts=tuple(parts))

    def with_reasoning(self, text: str) -> Message:
        """Return a copy in front of which the model thought something else, or with an empty text nothing."""
        rest = (part for part in self.parts if not isinstance(part, Reasoning))
        return evolve(self, parts=(*((Reasoning(text=text),) if text else ()), *rest))


def message(role: Role, text: str) -> Message:
    """Make a message of one text part."""
    return Message(role=role, parts=(Text(text=text),))


@frozen(kw_only=True)
class Usage:
    """Count tokens.

    `cached_tokens` (read from a cache) and `cache_write_tokens` (written to it) are shares of the input,
    `reasoning_tokens` of the output; `cost` is in US dollars, None if unknown.
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cache_write_tokens: int = 0
    cost: float | None = None

    @property
    def total_tokens(self) -> int:
        """Give input plus output."""
        return self.input_tokens + self.output_tokens

    @property
    def money(self) -> str | None:
        """Give the cost as a decimal number, None if unknown."""
        return money(self.cost)

    def __add__(self, other: Usage) -> Usage:
        """Add counts and dollars; one unknown price makes the sum unknown, but what asked nobody adds nothing."""
        if self.cost is None or other.cost is None:
            unknown = [one for one in (self, other) if one.cost is None and (one.requests or one.total_tokens)]
            cost = None if unknown else other.cost if self.cost is None else self.cost
        else:
            cost = added(self.cost, other.cost)
        return Usage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cost=cost,
        )


@frozen(kw_only=True)
class ToolSpec:
    """Offer a tool to a model; `schema` is the JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, object]


@frozen(kw_only=True)
class LlmRequest:
    """Everything a provider needs for one answer; `extra` goes to the provider as it is."""

    model: str
    messages: tuple[Message, ...]
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: Literal["auto", "none", "required"] | str = "auto"
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    response_schema: Mapping[str, object] | None = None
    extra: Mapping[str, object] = field(factory=dict)

    def replace(self, **changes: object) -> LlmRequest:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names


# -- parts of a streamed answer
# -------------------------------------------------------------------------------------------------


@frozen
class TextDelta:
    """More text."""

    text: str


@frozen
class ReasoningDelta:
    """More reasoning, or the signature that closes it; `origin` as in `Reasoning`."""

    text: str
    signature: str | None = None
    origin: str | None = None


@frozen
class ToolCallStart:
    """A tool call begins; `index` ties its parts together when calls interleave."""

    index: int
    id: str
    name: str


@frozen
class ToolCallDelta:
    """More of a call's argument text."""

    index: int
    text: str


@frozen
class ToolCallEnd:
    """A tool call is complete."""

    index: int


@frozen
class MediaPart:
    """A whole image, piece of audio or file."""

    media: Media


@frozen
class UsagePart:
    """Token counts; a later one replaces an earlier one."""

    usage: Usage


@frozen
class UnknownPart:
    """Something the provider sent that has no name here; `origin` as in `Unknown`."""

    type: str
    data: Mapping[str, object]
    origin: str | None = None


@frozen
class Finish:
    """The answer ends, and why; `model` is what the provider says it ran, `limits` as in `Completion`."""

    reason: FinishReason
    model: str | None = None
    id: str | None = None
    limits: Mapping[str, Mapping[str, float]] | None = None


@frozen
class Reset:
    """What was streamed so far is void: attempt `attempt` begins."""

    attempt: int


@frozen
class Done:
    """The folded answer: the last part of every stream and the truth."""

    completion: Completion


Part: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | ToolCallStart
    | ToolCallDelta
    | ToolCallEnd
    | MediaPart
    | UsagePart
    | UnknownPart
    | Finish
    | Reset
    | Done
)


@frozen(kw_only=True)
class Completion:
    """A whole answer.

    `limits` is what the service says it still allows, where it does: for `requests`, `tokens`, `input_tokens` or
    `output_tokens` the `limit`, what is `remaining` of it, and in how many seconds it is full again (`reset`).
    `cached` says that no model was asked for it; `recoveries` tell what was done after failures before it came:
    `{action, operation, subject, error, ...}` each.
    """

    message: Message
    finish_reason: FinishReason = "stop"
    usage: Usage = field(factory=Usage)
    model: str = ""
    id: str | None = None
    limits: Mapping[str, Mapping[str, float]] | None = None
    cached: bool = False
    recoveries: tuple[Mapping[str, object], ...] = ()

    def noted(self, *notes: Mapping[str, object]) -> Completion:
        """Return a copy with more recoveries."""
        return evolve(self, recoveries=(*self.recoveries, *notes))
