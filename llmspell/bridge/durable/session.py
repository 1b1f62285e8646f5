"""Make a session durable: its calls, invocations and streams go through a boundary that records them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.bridge.durable.boundary import Boundary
from llmspell.bridge.durable.calls import DurableCalls
from llmspell.bridge.durable.invocations import DurableInvocations
from llmspell.bridge.durable.streams import DurableStreams

if TYPE_CHECKING:
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.journal.journal import RunJournal


def make_durable(session: SpellSession) -> None:
    """Put recording parts in the place of the plain ones; the run's journal is active."""
    journal = cast("RunJournal", session.run.journal)
    boundary = Boundary(session, journal, session.ctx.path)
    session.handles.keep_numbers()
    session.boundary = session.sender = boundary
    session.calls = boundary.calls = DurableCalls(session, session.caps.calls, boundary)
    session.invocations = boundary.invocations = DurableInvocations(session, session.caps.invocations, boundary)
    session.streams = boundary.streams = DurableStreams(session, boundary)
