"""The journal: what a durable run did, so that it goes on after a crash and nothing is done twice."""

from __future__ import annotations

from llmspell.runtime.journal.port import Hit, Journal, NoJournal

__all__ = ["Hit", "Journal", "NoJournal"]
