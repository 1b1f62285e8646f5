"""What goes over the wire, told to whoever listens: every request of a task, its answer, and how each ended."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from llmspell.services.http_target import Hop

LISTENER: ContextVar[list[Exchanged] | None] = ContextVar("llmspell_http_listener", default=None)
"""Where the exchanges of this task and of those it starts are put, in the order of their requests."""


class Exchanged:
    """One request and its answer, without the values of secrets; a redirect is an answer of its own.

    sent            headers as they went out, in order; a secret shows its name (empty until something was sent)
    chunks          the decoded body as it came: seconds since the request, bytes
    complete        the answer ended where it should; False for one that was cut, or left early
    error           why it failed, None when it did not
    """

    __slots__ = ("_began", "answer", "chunks", "complete", "error", "hop", "seconds", "sent", "status")

    def __init__(self, hop: Hop) -> None:
        self._began = time.perf_counter()
        self.hop = hop
        self.sent: tuple[tuple[str, str], ...] = ()
        self.status: int | None = None
        self.answer: Mapping[str, str] = {}
        self.chunks: list[tuple[float, bytes]] = []
        self.complete = False
        self.error: LlmspellError | None = None
        self.seconds = 0.0

    def sends(self, lines: Iterable[tuple[bytes, bytes]]) -> None:
        """Note the headers that go out, with the names of secrets in the place of their values."""
        hidden = {
            name: ref.template.replace("{}", repr(ref)) for name, ref in self.hop.headers if not isinstance(ref, str)
        }
        told = ((name.decode("ascii"), value.decode("latin-1")) for name, value in lines)
        self.sent = tuple((name, hidden.get(name, value)) for name, value in told)

    def answers(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the head of the answer."""
        self.status, self.answer = status, headers
        self._touch()

    def came(self, piece: bytes) -> None:
        """Note a piece of the body."""
        self._touch()
        self.chunks.append((self.seconds, piece))

    def ends(self, error: LlmspellError | None = None) -> None:
        """Note that the answer is whole, or why it is not."""
        self._touch()
        self.complete, self.error = error is None, error

    def _touch(self) -> None:
        self.seconds = time.perf_counter() - self._began


def begun(hop: Hop) -> Exchanged | None:
    """Give the note of a new exchange; None when nobody listens."""
    listener = LISTENER.get()
    if listener is None:
        return None
    heard = Exchanged(hop)
    listener.append(heard)
    return heard


class HeardChunks:
    """Hand on the pieces of a body and note them."""

    __slots__ = ("_chunks", "_heard")

    def __init__(self, chunks: AsyncIterator[bytes], heard: Exchanged) -> None:
        self._chunks = chunks
        self._heard = heard

    def __aiter__(self) -> HeardChunks:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._chunks)
        except StopAsyncIteration:
            self._heard.ends()
            raise
        except LlmspellError as error:
            self._heard.ends(error)
            raise
        self._heard.came(piece)
        return piece
