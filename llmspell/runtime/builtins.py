"""The references of the kernel's own plugins, in the form in which installed ones are found."""

from __future__ import annotations

from llmspell import __version__
from llmspell.builtin import refs
from llmspell.kernel.discovery import GROUP, PluginRef


def builtins() -> list[PluginRef]:
    """Give one reference for each kind that the kernel itself provides."""
    return [PluginRef(kind, refs.NAME, refs.MODULE, "llmspell", __version__, GROUP) for kind in refs.KINDS]
