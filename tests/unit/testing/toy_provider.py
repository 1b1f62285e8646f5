"""A small provider made for the contract, with its exchanges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from attrs import frozen

from llmspell import errors
from llmspell.model.llm import (
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Unknown,
    UnknownPart,
    Usage,
    UsagePart,
)
from llmspell.spec import SecretRef
from llmspell.spec.provider_faults import endless_error, is_page, number_of, page_error, retry_after, text_of
from llmspell.testing.provider_cases import Exchange, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

KEY = "sk-contract-0123456789"
BY_STATUS = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.AuthenticationError,
    404: errors.ModelNotFoundError,
    429: errors.RateLimitError,
}


@frozen(kw_only=True)
class ToySection:
    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    base_url: str = ""
    api_key: SecretRef | None = None
    timeout: float = 30.0


class ToyProvider:
    """Speak a protocol of one JSON object per event."""

    attempts = 1
    most = 1 << 20

    @staticmethod
    def hosts(section: ToySection) -> list[str]:
        return [urlsplit(section.base_url).netloc]

    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        body = self.body(request)
        for attempt in range(self.attempts):
            async with ctx.http.stream(
                "POST", ctx.config.base_url, headers=self.headers(ctx), json=body, timeout=ctx.config.timeout
            ) as r:
                if r.status == 503 and attempt + 1 < self.attempts:
                    continue
                if r.status != 200 or "json" in r.headers.get("content-type", ""):
                    raise self.error(r.status, ctx.secrets.redact(await self.read(r)), r.headers, ctx)
                self.look_for_a_page(r.headers, await self.read(r) if is_page(r.headers) else b"")
                async for part in self.parts(r, ctx):
                    yield part
                return

    async def read(self, r: Any) -> Any:
        return (
            (await r.read()) if is_page(r.headers) and r.status == 200 else (await r.read()).decode("utf-8", "replace")
        )

    def look_for_a_page(self, headers: Mapping[str, str], body: bytes) -> None:
        if is_page(headers):
            raise page_error("toy", body, "providers.toy")

    def headers(self, ctx: Any) -> dict[str, Any]:
        key = ctx.config.api_key
        return {"x-key": key.bound(urlsplit(ctx.config.base_url).hostname)}

    def body(self, request: Any) -> dict[str, Any]:
        tools = [[tool.name, tool.description] for tool in request.tools]
        return {
            "model": request.model,
            "say": [[m.text, *self.unknown(m)] for m in request.messages],
            "sys": request.system,
            "tools": tools,
        }

    def unknown(self, m: Any) -> list[Any]:
        return [part.data for part in m.parts if isinstance(part, Unknown) and part.origin in (None, "toy")]

    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        kind = BY_STATUS.get(status, errors.OverloadedError)
        if "too long" in body and status == 400:
            kind = errors.ContextLengthError
        if "will not" in body:
            kind = errors.ContentFilterError
        wait = retry_after(headers, ctx.clock.now())
        return kind(f"status {status}: {body[:500]}", retry_after=wait, suggestions=["look"])

    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        text, ended, size = "", False, 0
        cut: dict[str, Any] = {"suggestions": ["try again"]}
        try:
            async for event in ctx.http.sse(response):
                size += len(event.data)
                if size > self.most:
                    raise endless_error("toy")
                data = json.loads(event.data)
                if "busy" in data:
                    told = ctx.secrets.redact(text_of(data["busy"]) or "")
                    raise errors.OverloadedError(told, context={"partial_text": text})
                for part in self.part(data):
                    text += part.text if isinstance(part, TextDelta) else ""
                    ended = ended or isinstance(part, Finish)
                    yield part
        except (errors.NetworkError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise errors.StreamInterruptedError("cut", context={"partial_text": text}, **cut) from error
        if not ended:
            raise errors.StreamInterruptedError("cut", context={"partial_text": text}, **cut)

    def part(self, event: dict[str, Any]) -> list[Any]:
        if "text" in event:
            return [TextDelta(text_of(event["text"]) or "")]
        if "thought" in event:
            return [ReasoningDelta(text_of(event["thought"]) or "")]
        if "call" in event:
            return [ToolCallStart(int(event["n"]), text_of(event["call"]) or "", text_of(event["name"]) or "")]
        if "arguments" in event:
            return [ToolCallDelta(int(event["n"]), text_of(event["arguments"]) or "")]
        if "end" not in event:
            return [UnknownPart("odd", {"odd": event["odd"]}, "toy")]
        counted = Usage(requests=1, input_tokens=number_of(event, "in"), output_tokens=number_of(event, "out"))
        return [UsagePart(counted), Finish(event["end"])]


def events(*data: dict[str, Any], says: str = "", sent: Mapping[str, Any] = {}) -> Exchange:
    return stream(*data, source="constructed for this test", says=says, sent=sent)


def fault(status: int, says: str) -> Exchange:
    return Exchange(says.encode(), "constructed for this test", status, "text/plain", says=says)


SAID = ({"text": "Gr"}, {"text": "üße, "}, {"text": "🌍!"})
STOP = {"end": "stop", "in": 11, "out": 7}
CALL = {"call": "call_1", "name": "add", "n": 0}
OTHER = {"call": "call_2", "name": "add", "n": 1}
HALVES = [{"arguments": text, "n": 0} for text in ('{"a": 2, ', '"b": [3, "x"]}')]
EXCHANGES = {
    "text": events(*SAID, STOP, sent={"model": "contract-model", "sys": "Be brief."}),
    "text_empty_deltas": events({"text": ""}, SAID[0], {"text": ""}, *SAID[1:], {"thought": ""}, STOP),
    "reasoning": events({"thought": "Two "}, {"thought": "and two."}, *SAID, STOP),
    "tools": events(CALL, *HALVES, {"end": "tool_calls"}),
    "tools_interleaved": events(
        CALL,
        OTHER,
        HALVES[0],
        {"arguments": '{"a"', "n": 1},
        HALVES[1],
        {"arguments": ": 5}", "n": 1},
        {"end": "tool_calls"},
    ),
    "unknown_field": events(*SAID, {"odd": "contract-mark"}, STOP),
    "unknown_part": events({"odd": "contract-mark"}, *SAID, STOP),
    "stream_error": events(SAID[0], {"busy": "come back later"}, says="come back later"),
    "bad_request": fault(400, "no such thing"),
    "context_length": fault(400, "that is too long"),
    "overloaded": fault(503, "too much to do"),
    "rate_limited": fault(429, "slow down"),
    "refused": fault(400, "I will not say that"),
    "server_error": fault(500, "it broke"),
    "wrong_key": fault(401, "who are you"),
    "wrong_model": fault(404, "nobody of that name"),
}
