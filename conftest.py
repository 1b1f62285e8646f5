"""What every test of the repository runs under: sockets beyond loopback are refused."""

from __future__ import annotations

pytest_plugins = ["llmspell.testing.plugin"]
