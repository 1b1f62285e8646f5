"""The contract of a provider: every failure of the service is a typed error that helps."""

from __future__ import annotations

from email.utils import formatdate
from time import asctime, gmtime
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    LlmspellError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    RateLimitError,
)
from llmspell.model.llm import Completion
from llmspell.testing.clock import ManualClock
from llmspell.testing.provider_asking import ProviderAsking
from llmspell.testing.provider_cases import REQUEST, TEXT, events_of
from llmspell.testing.server import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

FAULTS: Mapping[str, tuple[type[LlmspellError], bool]] = {
    "bad_request": (BadRequestError, False),
    "context_length": (ContextLengthError, False),
    "forbidden": (AuthenticationError, False),
    "overloaded": (OverloadedError, True),
    "rate_limited": (RateLimitError, True),
    "server_error": (OverloadedError, True),
    "wrong_key": (AuthenticationError, False),
    "wrong_model": (ModelNotFoundError, False),
}
"""The error of each case, and whether another attempt can help."""

STATUSES: Mapping[int, tuple[type[LlmspellError], bool]] = {
    400: (BadRequestError, False),
    401: (AuthenticationError, False),
    403: (AuthenticationError, False),
    404: (ModelNotFoundError, False),
    429: (RateLimitError, True),
    500: (OverloadedError, True),
    502: (OverloadedError, True),
    503: (OverloadedError, True),
    504: (OverloadedError, True),
    529: (OverloadedError, True),
}

PAGE = b"<html><head><title>Sign in to the portal</title></head><body><p>Hotel &amp; Spa</p></body></html>"


class FaultContract(ProviderAsking):
    """Check failures."""

    async def test_errors_are_typed(self) -> None:
        """Each failure has its own error, the words of the service, and what to do; only some are worth a retry.

        If this fails, map the service's own error code, else the status, to the error of `llmspell.errors`.
        """
        for case in filter(self.has, FAULTS):
            kind, retryable = FAULTS[case]
            exchange = self.exchange(case)
            for looking in (True, False):
                error = await self.fails(exchange, looking=looking)
                assert type(error) is kind, f"{case} became {error!r}"
                assert error.retryable is retryable, f"{case}: retryable is {error.retryable}"
                assert exchange.says, f"{case}: `says` must hold the words of the service"
                assert exchange.says in error.message
                assert error.suggestions, f"{case}: there is no suggestion"

    async def test_a_status_alone_tells_the_kind(self) -> None:
        """A proxy in between answers without a body, or with one in a form of its own.

        If this fails, fall back to the status.
        """
        bodies = (b"", b"{}", b"\xff no \xfe", b'{"error": null}', b"[[[")
        cases = [(status, body) for status in STATUSES for body in bodies]
        told = await self.outcomes(*(Reply.of(body, status) for status, body in cases))
        for (status, body), error in zip(cases, told, strict=True):
            kind, retryable = STATUSES[status]
            assert isinstance(error, kind), f"status {status} with {body!r} became {error!r}"
            assert type(error) is kind
            assert error.retryable is retryable
            assert error.message

    async def test_error_page_is_an_error(self) -> None:
        """A proxy answers with a page of HTML: with an error's status, or as if all were well.

        If this fails, look at the content type before you read an answer; a page with status 200 is not worth a retry.
        """
        assert isinstance(await self.fails(Reply.of(PAGE, 502, content_type="text/html")), OverloadedError)
        for looking in (True, False):
            error = await self.fails(Reply.of(PAGE, content_type="text/html; charset=utf-8"), looking=looking)
            assert isinstance(error, ProviderError)
            assert "Sign in to the portal" in error.message
            assert "<title>" not in error.message
            assert not error.retryable
            assert error.suggestions

    async def test_error_object_with_status_200_is_an_error(self) -> None:
        """Some servers send their error as if it were an answer.

        If this fails, look for the error object before you read an answer.
        """
        exchange = self.exchange("overloaded")
        for looking in (True, False):
            error = await self.fails(Reply.of(exchange.body, content_type="application/json"), looking=looking)
            assert isinstance(error, ProviderError)
            assert exchange.says in error.message

    async def test_error_within_a_stream_is_an_error(self) -> None:
        """An overload in the middle of an answer is told as one, with what came before.

        If this fails, look for the service's error event.
        """
        exchange = self.exchange("stream_error")
        assert exchange.says
        partial = str((await self._overloaded(exchange.reply())).context.get("partial_text", ""))
        assert partial
        assert TEXT.startswith(partial)
        events, busy = events_of(self.exchange("text")), events_of(exchange)[-1]
        for at in range(len(events)):
            await self._overloaded(self.events("text", b"".join([*events[:at], busy, *events[at:]])))

    async def _overloaded(self, reply: Reply) -> LlmspellError:
        error = await self.fails(reply)
        assert isinstance(error, OverloadedError), f"it became {error!r}"
        assert error.retryable
        assert self.exchange("stream_error").says in error.message
        return error

    async def test_refusal_is_told(self) -> None:
        """A refused request is an error or an answer that says so, never an answer like others.

        If this fails, map the service's refusal to `ContentFilterError` or the reason `content_filter`.
        """
        exchange = self.exchange("refused")
        (told,) = await self.outcomes(exchange.reply(), looking=exchange.streamed)
        if isinstance(told, Completion):
            assert told.finish_reason == "content_filter"
            return
        assert isinstance(told, ContentFilterError)
        assert not told.retryable
        assert told.suggestions

    async def test_retry_after_is_passed_on(self) -> None:
        """The service says how long to wait: in seconds, until a date, or in milliseconds.

        If this fails, use `llmspell.spec.provider_faults.retry_after`.
        """
        clock = ManualClock()
        waits: list[tuple[dict[str, str], float | None]] = [
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "0.5"}, 0.5),
            ({"retry-after": formatdate(clock.now() + 9, usegmt=True)}, 9.0),
            ({"retry-after": formatdate(clock.now() - 9, usegmt=True)}, 0.0),
            ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
            ({"retry-after": asctime(gmtime(clock.now() + 9))}, 9.0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "-1"}, None),
            ({}, None),
        ]
        for case in ("rate_limited", "overloaded", "server_error"):
            replies = [self.exchange(case).with_headers(headers).reply() for headers, _ in waits]
            for (headers, seconds), error in zip(waits, await self.outcomes(*replies, clock=clock), strict=True):
                assert isinstance(error, LlmspellError)
                assert error.retry_after == seconds, f"{case} with {headers} waits {error.retry_after}"

    async def test_provider_does_not_retry(self) -> None:
        """Retrying has one owner, the retry band of the pipeline.

        If this fails, remove the provider's own attempts: they multiply.
        """
        replies = (self.exchange("overloaded").reply(), self.exchange("text").reply())
        async with self.opened(*replies) as (provider, ctx, server):
            with pytest.raises(OverloadedError):
                _ = [part async for part in provider.stream(REQUEST, ctx)]
            assert len(server.requests) == 1

    async def test_key_stays_secret(self) -> None:
        """No error shows the key, even when the service repeats it.

        If this fails, the message repeats headers, the whole request, or what was not masked with `ctx.secrets.redact`.
        """
        for case in (*filter(self.has, FAULTS), "stream_error"):
            exchange = self.exchange(case)
            says = exchange.says.encode()
            body = exchange.body.replace(says, says + b" " + self.key.encode())
            assert body != exchange.body, f"{case}: `says` does not stand in the body as it is"
            for error in _chain(await self.fails(exchange._replace(body=body).reply())):
                told = f"{error}{error!r}{vars(error)}{getattr(error, 'suggestions', '')}"
                assert self.key not in told, f"{case} shows the key"


def _chain(error: BaseException | None) -> list[BaseException]:
    """Give an error and what caused it."""
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__
    return found
