"""The file tools, as the catalogue sees them; nothing is imported before one is used."""

from __future__ import annotations

from llmspell.spec import Component, hookimpl, tool

# What these read comes from outside, and asking twice changes nothing.
_READING = {
    "file_reader": ("reader:FileReader", "Read a file as text, lines or base64, whole or in part, encoding detected."),
    "directory_lister": ("lister:DirectoryLister", "List a folder or a whole tree, filtered, sorted, with totals."),
    "file_metadata": ("metadata:FileMetadata", "Tell size, dates, permissions, type and checksums of files."),
    "file_watcher": ("watcher:FileWatcher", "Watch files and folders and tell what changes, in batches."),
    "file_search": ("search.tool:FileSearch", "Search files by their contents (text or regular expression) and names."),
}
_CHANGING = {
    "file_writer": ("writer:FileWriter", "Write, create or append to a file, whole or not at all, with backups."),
    "file_converter": ("convert.tool:FileConverter", "Change encoding, line endings and white space of text files."),
    "file_archiver": ("archive.tool:FileArchiver", "Make, extract, list and verify zip, tar and compressed archives."),
    "file_system": (
        "system.tool:FileSystem",
        "Read, write, list, delete, copy and move files, in one folder if wished.",
    ),
}
_CAPABILITIES = {
    "file_reader": "read_files detect_encoding detect_media_type",
    "directory_lister": "list_files",
    "file_metadata": "file_metadata checksums detect_encoding detect_media_type",
    "file_search": "search_files search_text content_index",
    "file_watcher": "watch_files",
    "file_archiver": "create_archives extract_archives verify_archives",
    "file_writer": "write_files atomic_writes backup",
    "file_converter": "convert_encoding convert_line_endings normalise_text",
    "file_system": "read_files write_files list_files copy_files move_files delete_files",
}


@hookimpl
def llmspell_tools() -> list[Component]:
    """Describe the tools of the category `file_system`."""
    return [_tool(name, changes=False) for name in _READING] + [_tool(name, changes=True) for name in _CHANGING]


def _tool(name: str, *, changes: bool) -> Component:
    target, summary = (_CHANGING if changes else _READING)[name]
    return tool(
        name,
        f"llmspell_tools_files.{target}",
        summary,
        category="file_system",
        capabilities=_CAPABILITIES[name].split(),
        needs={"fs.read", "fs.write"} if changes else {"fs.read"},
        optional_needs={"state.write"} if name == "file_search" else (),
        effect="once" if changes else "idempotent",
        serial=changes,
        untrusted=not changes or name in ("file_system", "file_archiver"),
    )
