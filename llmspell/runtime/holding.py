"""What a run holds beyond the user's rules, put together: whom to ask, and which places are private."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.services.permission_holding import Answer, Holding, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.run import Run
    from llmspell.services.permission_holding import Asker
    from llmspell.services.permission_labels import PrivatePlaces


def holding_of(run: Run) -> Holding:
    """Make the holding of a run."""
    asker = run.app.asker
    questions = None if asker is None else Questions(_told(asker, run))
    return Holding(questions, None if run.labelling == "off" else _private(run))


def _told(asker: Asker, run: Run) -> Callable[[Question], Awaitable[Answer]]:
    """Ask, and tell what was answered as an event."""

    async def ask(question: Question) -> Answer:
        answer = await asker.one(question)
        await run.app.events.emit(
            "permission_asked", {**question._asdict(), "answer": answer}, run=run.id, source=question.who
        )
        return answer

    return ask


def _private(run: Run) -> PrivatePlaces:
    from llmspell.services.permission_labels import SECRET_PLACES, PrivatePlaces  # noqa: PLC0415 - unless switched off

    chosen = run.app.config.get("permissions.private")
    rules = SECRET_PLACES if chosen is None else tuple(map(str, chosen if isinstance(chosen, (list, tuple)) else ()))
    return PrivatePlaces(rules, str(run.working))
