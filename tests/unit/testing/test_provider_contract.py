"""The contract holds for a small provider written for it; one with a fault fails exactly the tests made for it."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest
from attrs import frozen

from llmspell import errors
from llmspell.model.llm import (
    Finish,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
    UsagePart,
)
from llmspell.spec import SecretRef, config_section, hookimpl, provider
from llmspell.testing import ProviderContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

HERE = "llmspell_contract_provider"
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


class ToyProvider:
    """Speak a protocol of one JSON object per event."""

    attempts = 1

    @staticmethod
    def hosts(section: ToySection) -> list[str]:
        return [urlsplit(section.base_url).netloc]

    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        for attempt in range(self.attempts):
            async with ctx.http.stream(
                "POST", ctx.config.base_url, headers=self.headers(ctx), json=self.body(request)
            ) as r:
                if r.status == 503 and attempt + 1 < self.attempts:
                    continue
                if r.status != 200:
                    raise self.error(r.status, await r.read(), r.headers)
                async for part in self.parts(r, ctx):
                    yield part
                return

    def headers(self, ctx: Any) -> dict[str, Any]:
        key = ctx.config.api_key
        return {"x-key": key.bound(urlsplit(ctx.config.base_url).hostname)}

    def body(self, request: Any) -> dict[str, Any]:
        tools = [[tool.name, tool.description] for tool in request.tools]
        return {
            "model": request.model,
            "say": [m.text for m in request.messages],
            "sys": request.system,
            "tools": tools,
        }

    def error(self, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        kind = BY_STATUS.get(status, errors.OverloadedError)
        if b"too long" in body and status == 400:
            kind = errors.ContextLengthError
        wait = headers.get("retry-after")
        return kind(f"status {status}", retry_after=float(wait) if wait else None)

    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        text, ended = "", False
        try:
            async for event in ctx.http.sse(response):
                for part in self.part(json.loads(event.data)):
                    text += part.text if isinstance(part, TextDelta) else ""
                    ended = ended or isinstance(part, Finish)
                    yield part
        except (errors.NetworkError, ValueError) as error:
            raise errors.StreamInterruptedError("cut", context={"partial_text": text}) from error
        if not ended:
            raise errors.StreamInterruptedError("cut", context={"partial_text": text})

    def part(self, event: dict[str, Any]) -> list[Any]:
        if "text" in event:
            return [TextDelta(event["text"])]
        if "call" in event:
            return [ToolCallStart(0, event["call"], event["name"])]
        if "arguments" in event:
            return [ToolCallDelta(0, event["arguments"])]
        usage = UsagePart(Usage(requests=1, input_tokens=event.get("in", 0), output_tokens=event.get("out", 0)))
        close = [ToolCallEnd(0)] if event["end"] == "tool_calls" else []
        return [*close, usage, Finish(event["end"])]


def events(*data: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(one, ensure_ascii=False).encode() + b"\n\n" for one in data)


EXCHANGES = {
    "text": events({"text": "Grü"}, {"text": "ße, "}, {"text": "🌍!"}, {"end": "stop", "in": 11, "out": 7}),
    "tools": events(
        {"call": "call_1", "name": "add"},
        {"arguments": '{"a": 2, '},
        {"arguments": '"b": [3, "x"]}'},
        {"end": "tool_calls"},
    ),
    "error": b"no",
    "context_length": b"too long",
}


@pytest.fixture(autouse=True)
def plugin() -> Iterator[ModuleType]:
    module = sys.modules[HERE] = ModuleType(HERE)

    @hookimpl
    def llmspell_providers() -> list[Any]:
        return [provider("toy", f"{HERE}:Subject", "Toy.")]

    @hookimpl
    def llmspell_config_sections() -> list[Any]:
        return [config_section("toy", f"{HERE}:ToySection", "Toy.", path="providers.toy")]

    vars(module).update(
        Subject=ToyProvider, ToySection=ToySection,
        llmspell_providers=llmspell_providers, llmspell_config_sections=llmspell_config_sections,
    )  # fmt: skip
    yield module
    del sys.modules[HERE]


class ToyContract(ProviderContract):
    component = "toy"
    plugins = (HERE,)
    exchanges = EXCHANGES

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"toy": {"base_url": url, "api_key": self.key}}}


class TestToy(ToyContract): ...


class DropsText(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [TextDelta("Gru")] if event.get("text") == "Grü" else super().part(event)


class ForgetsUsage(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [part for part in super().part(event) if not isinstance(part, UsagePart)]


class UsageLast(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        async for part in super().parts(response, ctx):
            yield part
            if isinstance(part, Finish):
                yield part


class Collects(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        for part in [part async for part in super().parts(response, ctx)]:
            yield part


class LosesCallIds(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [ToolCallStart(0, "x", event["name"])] if "call" in event else super().part(event)


class SaysNothingOfTools(ToyProvider):
    def body(self, request: Any) -> dict[str, Any]:
        return {**super().body(request), "tools": []}


class CallsEverythingOverloaded(ToyProvider):
    def error(self, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        right = super().error(status, body, headers)
        wait = getattr(right, "retry_after", None)
        return errors.OverloadedError("no", retry_after=wait)


class ReadsErrorsAsText(ToyProvider):
    def error(self, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        try:
            body.decode()
        except UnicodeDecodeError:
            return errors.InternalError("unreadable")
        return super().error(status, body, headers)


class ForgetsRetryAfter(ToyProvider):
    def error(self, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        return super().error(status, body, {})


class Retries(ToyProvider):
    attempts = 2


class TakesCutsForEnds(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().parts(response, ctx):
                yield part
        except errors.StreamInterruptedError as error:
            if isinstance(error.__cause__, ValueError):
                raise
            yield Finish("stop")


class SkipsBadEvents(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        class Lenient:
            @staticmethod
            async def sse(response: Any) -> AsyncIterator[Any]:
                async for event in ctx.http.sse(response):
                    if not event.data.startswith("{this"):
                        yield event

        lenient = type("Ctx", (), {"http": Lenient})
        async for part in super().parts(response, lenient):
            yield part


class ShowsItsKey(ToyProvider):
    def error(self, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        error = super().error(status, body, headers)
        error.context["sent"] = ToyContract.key  # type: ignore[attr-defined]
        return error


class SendsNoKey(ToyProvider):
    def headers(self, ctx: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (DropsText, {"test_text", "test_gzip", "test_text_is_streamed", "test_cut_stream_is_an_error"}),
        (ForgetsUsage, {"test_usage"}),
        (Collects, {"test_text_is_streamed", "test_cancelling_closes_the_connection"}),
        (LosesCallIds, {"test_tools"}),
        (SaysNothingOfTools, {"test_request_says_what_was_asked"}),
        (SendsNoKey, {"test_request_says_what_was_asked"}),
        (CallsEverythingOverloaded, {"test_errors_are_typed"}),
        (ReadsErrorsAsText, {"test_error_that_is_no_json_is_typed_too"}),
        (ForgetsRetryAfter, {"test_retry_after_is_passed_on"}),
        (Retries, {"test_provider_does_not_retry"}),
        (TakesCutsForEnds, {"test_cut_stream_is_an_error"}),
        (SkipsBadEvents, {"test_malformed_event_is_an_error"}),
        (ShowsItsKey, {"test_key_stays_secret"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_fault_is_found(failing: Any, plugin: ModuleType, broken: type, expected: set[str]) -> None:
    plugin.Subject = broken  # type: ignore[attr-defined]

    class Hurried(ToyContract):
        patience = 1.0 if broken is Collects else ToyContract.patience

    assert failing(Hurried) == expected


def test_two_ends_are_found(failing: Any, plugin: ModuleType) -> None:
    plugin.Subject = UsageLast  # type: ignore[attr-defined]
    assert "test_answer_ends_once" in failing(ToyContract)
