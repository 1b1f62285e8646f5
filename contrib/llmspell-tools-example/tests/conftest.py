"""Refuse sockets beyond loopback, and bring the fixtures of llmspell's test kit."""

from __future__ import annotations

pytest_plugins = ["llmspell.testing.plugin"]
