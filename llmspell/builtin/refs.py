"""Which of the kernel's own plugins provide what: the entry points of a distribution that is always there."""

from __future__ import annotations

MODULE = "llmspell.builtin.plugin"
NAME = "builtin"
KINDS = ("executors", "hooks", "programs", "providers", "storages", "tools")
