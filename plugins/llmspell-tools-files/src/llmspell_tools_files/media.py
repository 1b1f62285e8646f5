"""What a file holds: media type and a short name of its format, by its first bytes and its name."""

from __future__ import annotations

import functools
import mimetypes
from pathlib import PurePosixPath
from typing import NamedTuple

from llmspell_tools_files.text.encodings import MARKS, SAMPLE, is_binary

UNKNOWN = "application/octet-stream"

# What the standard table lacks, or calls by another meaning of the ending (.ts is a video there).
_TEXTS = {
    ".adoc": ("text/asciidoc", "asciidoc"),
    ".cfg": ("text/plain", "ini"),
    ".go": ("text/x-go", "go"),
    ".ini": ("text/plain", "ini"),
    ".ipynb": ("application/x-ipynb+json", "jupyter"),
    ".js": ("text/javascript", "javascript"),
    ".json": ("application/json", "json"),
    ".jsonl": ("application/jsonl", "jsonl"),
    ".jsx": ("text/javascript", "javascript"),
    ".log": ("text/plain", "log"),
    ".lua": ("text/x-lua", "lua"),
    ".markdown": ("text/markdown", "markdown"),
    ".md": ("text/markdown", "markdown"),
    ".ndjson": ("application/jsonl", "jsonl"),
    ".py": ("text/x-python", "python"),
    ".rs": ("text/x-rust", "rust"),
    ".rst": ("text/x-rst", "restructuredtext"),
    ".sh": ("application/x-sh", "shell"),
    ".sql": ("application/sql", "sql"),
    ".toml": ("application/toml", "toml"),
    ".ts": ("text/x-typescript", "typescript"),
    ".tsx": ("text/x-typescript", "typescript"),
    ".txt": ("text/plain", "text"),
    ".yaml": ("application/yaml", "yaml"),
    ".yml": ("application/yaml", "yaml"),
}
_STARTS = (
    ("<?xml", "application/xml", "xml"),
    ("<!doctype html", "text/html", "html"),
    ("<html", "text/html", "html"),
    ("{\\rtf", "application/rtf", "rtf"),
)
_USUAL_NAMES = {"application/x-gzip": "application/gzip", "application/x-zip-compressed": "application/zip"}
_SHELLS = {
    "sh": "shell",
    "bash": "shell",
    "zsh": "shell",
    "node": "javascript",
    "llmspell-js": "javascript",
    "llmspell-lua": "lua",
}


class Media(NamedTuple):
    """A media type and a short format name (`png`, `json`, `python`, `text`)."""

    type: str
    format: str


def describe(path: str, head: bytes, *, text: bool) -> Media:
    """Tell what a file holds; for binary files the bytes count more than the name, for texts the other way round."""
    ending = PurePosixPath(path).suffix.lower()
    if text:
        return _text(ending, head)
    return _binary(ending, head)


def looks_binary(head: bytes) -> bool:
    """Tell whether a file's first bytes are no text in any encoding that needs no declaration."""
    return is_binary(head) and not head.startswith(MARKS)


def _text(ending: str, head: bytes) -> Media:
    known = _TEXTS.get(ending)
    if known:
        return Media(*known)
    start = head[:200].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    for prefix, kind, name in _STARTS:
        if start.startswith(prefix):
            return Media(kind, name)
    if start.startswith("#!"):
        program = start.splitlines()[0].replace("/usr/bin/env ", "/").rpartition("/")[2].split(" ")[0]
        name = _SHELLS.get(program, program.rstrip("0123456789."))
        return Media(f"text/x-{name}", name)
    guess = _standard().guess_type(f"x{ending}")[0]
    return Media(guess, ending[1:]) if guess and not _is_media(guess) else Media("text/plain", ending[1:] or "text")


def _is_media(kind: str) -> bool:
    return kind.startswith(("image/", "audio/", "video/", "font/")) and not kind.endswith("+xml")


def _binary(ending: str, head: bytes) -> Media:
    import puremagic  # noqa: PLC0415 - a text pays nothing for its tables

    name = f"x{ending}" if ending else None
    try:
        matches = puremagic.magic_string(head[:SAMPLE], name) if head else []
    except puremagic.PureError:
        matches = []
    best = next((one for one in matches if one.byte_match.strip(b"\0")), None)  # zeros alone tell nothing
    by_name = _standard().guess_type(f"x{ending}")[0]
    if best is None or not (best.mime_type or best.extension):
        return Media(by_name or UNKNOWN, ending[1:] or "binary")
    kind = best.mime_type or by_name or UNKNOWN
    kind = _USUAL_NAMES.get(kind, kind)
    return Media(kind, best.extension.lstrip(".") or ending[1:] or "binary")


@functools.cache
def _standard() -> mimetypes.MimeTypes:
    # Without the system's own tables: the same file has the same type on every machine.
    return mimetypes.MimeTypes(filenames=())
