"""The journal: what a run did, kept so that it can go on after a crash without doing it again."""

from __future__ import annotations

from llmspell.runtime.journal.port import Journal, NoJournal

__all__ = ["Journal", "NoJournal"]
