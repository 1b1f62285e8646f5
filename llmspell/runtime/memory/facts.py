"""Facts: what an agent was told to remember, under keys of its own, found again by key or by words.

They lie in the state of the agent, its session or all spells, with versions as all state has. Search is by words (Okapi
BM25, Robertson and Zaragoza 2009) and asks no model: `plugins/llmspell-memory` finds by meaning.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import SessionError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspell.model.memory import Namespace
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.state_view import StateView

PREFIX = "fact:"
"""What the keys of facts begin with in the state."""

MOST = 10_000
"""Facts in one place: each search reads them all."""

_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
"""A word, or one sign of a script without spaces."""

_SATURATION, _LENGTH = 1.2, 0.75


class Fact(NamedTuple):
    """Something that was remembered; `score` says how well it fits what was asked for, more being better.

    `at` is in seconds since the epoch.
    """

    key: str
    value: Any
    text: str
    at: float
    score: float = 0.0


class Facts:
    """Keep the facts of one place, so many at most."""

    def __init__(self, view: StateView, ctx: CallContext, *, most: int = MOST) -> None:
        self._view = view
        self._ctx = ctx
        self._most = most

    @classmethod
    def of(cls, agent: Agent, ctx: CallContext, namespace: Namespace | None = None) -> Facts:
        """Give the facts of an agent, in the place that its memory says, or another.

        Raises `SessionError` for those of a session in a run that has none.
        """
        chosen = namespace or ("agent" if agent.memory is None else agent.memory.options.namespace)
        if chosen == "session" and not ctx.run.session:
            raise SessionError(
                "this run belongs to no session, so nothing can be remembered in one",
                suggestions=["run it with --session ID", "choose the namespace agent or shared"],
            )
        return cls(ctx.app.states.view(ctx, chosen, agent.name if chosen == "agent" else None), ctx)

    async def remember(self, key: str | None, value: object) -> str:
        """Keep a value under a key, in the place of what was there; without a key a text is kept under a new one."""
        if key is None:
            key = self._ctx.new_id()
        elif not key:
            raise ValidationError("the key of a fact is a text of at least one character")
        if not await self._view.exists(PREFIX + key) and len(await self._view.keys(PREFIX)) >= self._most:
            raise ValidationError(
                f"an agent remembers {self._most} facts at most", suggestions=["forget some", "use Memory for more"]
            )
        await self._view.set(PREFIX + key, {"value": value, "text": _text(value)})
        return key

    async def get(self, key: str) -> Fact | None:
        """Give the fact under a key."""
        entry = await self._view.entry(PREFIX + key)
        return None if entry is None else _fact(entry.key, entry.value, entry.updated)

    async def recall(self, query: str | None, limit: int) -> list[Fact]:
        """Give the facts that fit a query best; without one the newest."""
        found = [_fact(one.key, one.value, one.updated) for one in await self._view.entries(PREFIX)]
        if query is None:
            return sorted(found, key=lambda one: (-one.at, one.key))[:limit]
        return ranked(query, found)[:limit]

    async def forget(self, key: str | None = None) -> int:
        """Remove the fact under a key, or all; give their number."""
        if key is None:
            return await self._view.clear(PREFIX)
        return int(await self._view.delete(PREFIX + key))


def ranked(query: str, facts: Sequence[Fact]) -> list[Fact]:
    """Order facts by how well their words fit those of a query; those that share none are left out."""
    counts = [Counter(words(f"{one.key} {one.text}")) for one in facts]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    weights = {word: _weight(sum(word in count for count in counts), len(facts)) for word in set(words(query))}
    scored = []
    for fact, count, length in zip(facts, counts, lengths, strict=True):
        room = _SATURATION * (1 - _LENGTH + _LENGTH * length / mean) if mean else 1.0
        score = sum(weight * count[word] * (_SATURATION + 1) / (count[word] + room) for word, weight in weights.items())
        if score > 0:
            scored.append(fact._replace(score=round(score, 6)))
    return sorted(scored, key=lambda one: (-one.score, -one.at, one.key))


def _weight(having: int, all_: int) -> float:
    return math.log(1 + (all_ - having + 0.5) / (having + 0.5))


def words(text: str) -> Iterable[str]:
    """Give the words of a text, in lower case."""
    return _WORD.findall(text.casefold())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _fact(key: str, stored: Any, at: float) -> Fact:
    table = stored if isinstance(stored, dict) else {"value": stored}
    value = table.get("value")
    return Fact(key.removeprefix(PREFIX), value, str(table.get("text") or _text(value)), at)
