"""The file tools, as the catalogue sees them; nothing is imported before one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec import hookimpl, tool

if TYPE_CHECKING:
    from llmspell.spec import Component


def _reading(name: str, target: str, summary: str, *capabilities: str) -> Component:
    """Describe a tool that only reads: what it gives comes from outside, and asking twice changes nothing."""
    return tool(
        name,
        f"llmspell_tools_files.{target}",
        summary,
        category="file_system",
        capabilities=capabilities,
        needs={"fs.read"},
        effect="idempotent",
        untrusted=True,
    )


@hookimpl
def llmspell_tools() -> list[Component]:
    """Describe the tools of the category `file_system`."""
    return [
        _reading(
            "file_reader",
            "reader:FileReader",
            "Read a file as text, lines or base64, whole or in part, with its encoding and media type detected.",
            *("read_files", "detect_encoding", "detect_media_type"),
        ),
        tool(
            "file_writer",
            "llmspell_tools_files.writer:FileWriter",
            "Write, create or append to a file, whole or not at all, with a backup of the old one on request.",
            category="file_system",
            capabilities=("write_files", "atomic_writes", "backup"),
            needs={"fs.read", "fs.write"},
            effect="once",
            serial=True,
        ),
        _reading(
            "directory_lister",
            "lister:DirectoryLister",
            "List a folder, one level or the whole tree, filtered by patterns and kinds, sorted, with totals.",
            "list_files",
        ),
        _reading(
            "file_search",
            "search:FileSearch",
            "Search files by their contents (text or regular expression) and by their names (patterns).",
            *("search_files", "search_text"),
        ),
    ]
