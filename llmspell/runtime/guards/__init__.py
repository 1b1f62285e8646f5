"""Guardrails: guards of an agent, put in place as hooks of its own scope."""

from __future__ import annotations

from llmspell.runtime.guards.attach import attach

__all__ = ["attach"]
