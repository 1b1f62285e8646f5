"""Providers with a fault each; the contract must find every one of them."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

from llmspell import errors
from llmspell.model.llm import (
    Finish,
    TextDelta,
    ToolCallStart,
    Unknown,
    Usage,
    UsagePart,
)
from llmspell.spec.http import ServerEvent
from tests.unit.testing.toy_provider import KEY, ToyProvider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


class DropsText(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [TextDelta("Gru")] if event.get("text") == "Gr" else super().part(event)


class ForgetsUsage(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [part for part in super().part(event) if not isinstance(part, UsagePart)]


class EndsTwice(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        async for part in super().parts(response, ctx):
            yield part
            if isinstance(part, Finish):
                yield part


class Collects(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        for part in [part async for part in super().parts(response, ctx)]:
            yield part


class SaysAllAtOnce(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        text = ""
        async for part in super().parts(response, ctx):
            text += part.text if isinstance(part, TextDelta) else ""
            if isinstance(part, UsagePart) and text:
                yield TextDelta(text)
            if not isinstance(part, TextDelta):
                yield part


class LosesCallIds(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [ToolCallStart(event["n"], "x", event["name"])] if "call" in event else super().part(event)


class GivesPiecesToTheLastCall(ToyProvider):
    last = 0

    def part(self, event: dict[str, Any]) -> list[Any]:
        self.last = event["n"] if "call" in event else self.last
        return super().part({**event, "n": self.last})


class EndsAtAnEmptyDelta(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [Finish("stop")] if event == {"thought": ""} else super().part(event)


class ReasonsAloud(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [TextDelta(event["thought"])] if event.get("thought") else super().part(event)


class DropsTheUnknown(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return [] if "odd" in event else super().part(event)


class KeepsTheUnknownToItself(ToyProvider):
    def unknown(self, m: Any) -> list[Any]:
        return []


class SendsWhatIsNotItsOwn(ToyProvider):
    def unknown(self, m: Any) -> list[Any]:
        return [part.data for part in m.parts if isinstance(part, Unknown)]


class SaysNothingOfTools(ToyProvider):
    def body(self, request: Any) -> dict[str, Any]:
        return {**super().body(request), "tools": []}


class CallsEverythingOverloaded(ToyProvider):
    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        right = super().error(status, body, headers, ctx)
        kind = type(right) if isinstance(right, errors.ContentFilterError) else errors.OverloadedError
        return kind(right.message, retry_after=right.retry_after, suggestions=right.suggestions)


class SaysNothingOfItsErrors(ToyProvider):
    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        error = super().error(status, body, headers, ctx)
        error.message = f"status {status}"
        return error


class TakesRefusalsForFaults(ToyProvider):
    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        return super().error(status, body.replace("will not", ""), headers, ctx)


class CountsOnlySeconds(ToyProvider):
    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        plain = {name: text for name, text in headers.items() if text.isdigit() and name == "retry-after"}
        return super().error(status, body, plain, ctx)


class TakesPagesForCuts(ToyProvider):
    def look_for_a_page(self, headers: Mapping[str, str], body: bytes) -> None:
        if body:
            raise errors.StreamInterruptedError("cut", suggestions=["try again"])


class Retries(ToyProvider):
    attempts = 2


class NeverTires(ToyProvider):
    most = 1 << 40


class TakesCutsForEnds(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().parts(response, ctx):
                yield part
        except errors.StreamInterruptedError as error:
            if error.__cause__ is not None:
                raise
            yield Finish("stop")


class TakesLossesForEnds(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().parts(response, ctx):
                yield part
        except errors.StreamInterruptedError as error:
            if not isinstance(error.__cause__, errors.NetworkError):
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

        lenient = type("Ctx", (), {"http": Lenient, "secrets": ctx.secrets})
        async for part in super().parts(response, lenient):
            yield part


class SplitsPieces(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        class Naive:
            @staticmethod
            async def sse(response: Any) -> AsyncIterator[Any]:
                async for piece in response.chunks():
                    for line in piece.decode("utf-8", "ignore").split("\n\n"):
                        if line:
                            yield ServerEvent("message", line.removeprefix("data: "), "")

        naive = type("Ctx", (), {"http": Naive, "secrets": ctx.secrets})
        async for part in super().parts(response, naive):
            yield part


class TakesGarbageForAnEnd(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        return super().part(event) if event else [Finish("stop")]


class TrustsItsServer(ToyProvider):
    def part(self, event: dict[str, Any]) -> list[Any]:
        if "end" in event:
            counted = Usage(requests=1, input_tokens=event.get("in", 0), output_tokens=event.get("out", 0))
            return [UsagePart(counted), Finish(event["end"])]
        return super().part(event)


class StaysToTheEnd(ToyProvider):
    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        self.kept = super().stream(request, ctx)
        async for part in self.kept:
            yield part


class SkipsErrors(ToyProvider):
    async def parts(self, response: Any, ctx: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().parts(response, ctx):
                yield part
        except errors.OverloadedError:
            yield Finish("stop")


class ShowsItsKey(ToyProvider):
    def error(self, status: int, body: str, headers: Mapping[str, str], ctx: Any) -> errors.LlmspellError:
        error = super().error(status, body, headers, ctx)
        error.context["sent"] = KEY
        return error


class SendsNoKey(ToyProvider):
    def headers(self, ctx: Any) -> dict[str, Any]:
        return {}


class SendsItsKeyAsText(ToyProvider):
    def headers(self, ctx: Any) -> dict[str, Any]:
        return {"x-key": KEY}


class WaitsForever(ToyProvider):
    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().stream(request, ctx):
                yield part
        except errors.NetworkError as error:
            raise errors.InternalError("gave up") from error


class AsksFromElsewhere(ToyProvider):
    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        async def collect() -> list[Any]:
            return [part async for part in ToyProvider.stream(self, request, ctx)]

        for part in await asyncio.create_task(collect(), context=Context()):
            yield part


class SendsItsKeyAsItIs(ToyProvider):
    def headers(self, ctx: Any) -> dict[str, Any]:
        return {"x-key": KEY}


FAULTS: list[tuple[type, set[str]]] = [
    (
        DropsText,
        {
            "test_text",
            "test_gzip",
            "test_text_comes_before_the_end",
            "test_cut_stream_is_an_error",
            "test_error_within_a_stream_is_an_error",
            "test_malformed_event_is_an_error",
            "test_reasoning",
            "test_silence_within_an_answer_is_an_error",
            "test_unknown_field_is_kept",
            "test_unknown_part_survives_a_round_trip",
        },
    ),
    (ForgetsUsage, {"test_usage"}),
    (
        SaysAllAtOnce,
        {"test_text_is_streamed", "test_text_comes_before_the_end", "test_cancelling_closes_the_connection"},
    ),
    (LosesCallIds, {"test_tools", "test_interleaved_tools"}),
    (GivesPiecesToTheLastCall, {"test_interleaved_tools"}),
    (EndsAtAnEmptyDelta, {"test_empty_deltas_change_nothing"}),
    (ReasonsAloud, {"test_reasoning"}),
    (DropsTheUnknown, {"test_unknown_field_is_kept", "test_unknown_part_survives_a_round_trip"}),
    (KeepsTheUnknownToItself, {"test_unknown_part_survives_a_round_trip"}),
    (SendsWhatIsNotItsOwn, {"test_part_of_another_provider_stays_out"}),
    (SaysNothingOfTools, {"test_request_says_what_was_asked"}),
    (SendsNoKey, {"test_request_says_what_was_asked"}),
    (CallsEverythingOverloaded, {"test_errors_are_typed", "test_a_status_alone_tells_the_kind"}),
    (
        SaysNothingOfItsErrors,
        {
            "test_errors_are_typed",
            "test_error_object_with_status_200_is_an_error",
            "test_transcript_tells_what_was_sent_and_received",
        },
    ),
    (TakesRefusalsForFaults, {"test_refusal_is_told"}),
    (CountsOnlySeconds, {"test_retry_after_is_passed_on"}),
    (TakesPagesForCuts, {"test_error_page_is_an_error"}),
    (Retries, {"test_provider_does_not_retry"}),
    (NeverTires, {"test_endless_answer_is_an_error"}),
    (
        TakesCutsForEnds,
        {"test_cut_stream_is_an_error", "test_cut_call_is_an_error", "test_a_cut_anywhere_is_an_error_or_no_loss"},
    ),
    (
        TakesLossesForEnds,
        {"test_cut_compressed_answer_is_an_error", "test_silence_within_an_answer_is_an_error"},
    ),
    (AsksFromElsewhere, {"test_transcript_tells_what_was_sent_and_received"}),
    (SendsItsKeyAsItIs, {"test_transcript_never_shows_the_key"}),
    (StaysToTheEnd, {"test_leaving_early_closes_the_connection"}),
    (TrustsItsServer, {"test_any_damage_is_an_error_or_an_answer"}),
    (TakesGarbageForAnEnd, {"test_garbage_is_an_error"}),
    (
        SplitsPieces,
        {"test_any_form_gives_the_same_answer", "test_any_chunking_of_any_exchange_gives_the_same_answer", "test_gzip"},
    ),
    (SkipsBadEvents, {"test_malformed_event_is_an_error"}),
    (SkipsErrors, {"test_error_within_a_stream_is_an_error", "test_key_stays_secret"}),
    (ShowsItsKey, {"test_key_stays_secret"}),
    (SendsItsKeyAsText, {"test_transcript_never_shows_the_key"}),
    (WaitsForever, {"test_silent_server_is_an_error", "test_closed_connection_is_an_error"}),
]
