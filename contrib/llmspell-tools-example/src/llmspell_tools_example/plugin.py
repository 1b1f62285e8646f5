"""The tools of this distribution, described without importing them."""

from __future__ import annotations

from llmspell.spec import Component, hookimpl, tool


@hookimpl
def llmspell_tools() -> list[Component]:
    """Describe the tools."""
    return [
        tool(
            "frequent_words",
            "llmspell_tools_example.frequent_words:FrequentWordsTool",
            "List the most frequent words of a text file.",
            category="text",
            needs={"fs.read"},
            effect="idempotent",
            untrusted=True,
        ),
    ]
