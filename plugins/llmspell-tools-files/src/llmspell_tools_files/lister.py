"""The tool `directory_lister`: what is in a folder, or in a whole tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.spec.tools import Doc, Example
from llmspell_tools_files.choose.globs import as_patterns
from llmspell_tools_files.choose.selection import Entry, Selection
from llmspell_tools_files.facts import brief
from llmspell_tools_files.tree import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.context import Context

MAX_ENTRIES = 1_000_000
"""Entries held in memory for sorting and totals."""

_REPORT_EVERY = 1000


@frozen(kw_only=True)
class DirectoryListerArgs:
    """What to list and how."""

    path: Annotated[str, Doc("Folder to list.", min_length=1)] = "."
    recursive: Annotated[bool, Doc("List folders within folders.")] = False
    max_depth: Annotated[int | None, Doc("Levels to go down when recursive; 1 is the folder itself.", minimum=1)] = None
    pattern: Annotated[
        str | list[str] | None,
        Doc("Only names like this: `*.pdf`, `docs/**/*.md`, `*.{png,jpg}`.", examples=("*.pdf",)),
    ] = None
    exclude: Annotated[str | list[str] | None, Doc("Leave out names like this, with all that is below them.")] = None
    kinds: Annotated[
        list[Literal["file", "directory", "link", "other"]] | None, Doc("Only entries of these kinds.")
    ] = None
    include_hidden: Annotated[bool, Doc("List names that begin with a dot.")] = False
    use_ignore_files: Annotated[bool, Doc("Leave out what `.gitignore` and `.ignore` files name.")] = False
    include_metadata: Annotated[bool, Doc("Add times and mode of each entry.")] = False
    sort_by: Annotated[Literal["path", "name", "size", "modified", "kind"], Doc("What to sort by.")] = "path"
    descending: Annotated[bool, Doc("Sort the other way round.")] = False
    limit: Annotated[int, Doc("Most entries to return.", minimum=1, maximum=100_000)] = 1000
    offset: Annotated[int, Doc("Entries to pass over, for the next page.", minimum=0)] = 0
    format: Annotated[
        Literal["entries", "paths", "tree"],
        Doc("`entries` tells kind and size of each, `paths` gives the paths alone, `tree` draws the tree as text."),
    ] = "entries"


class DirectoryLister:
    """List a folder."""

    examples = (
        Example(
            "documents of a kind",
            {"path": "documents", "recursive": True, "pattern": "*.pdf", "include_metadata": True},
            {"total": 2, "totals": {"files": 2, "directories": 0, "links": 0, "others": 0, "bytes": 5}},
            files={"documents/a.pdf": "12", "documents/x/b.pdf": "345", "documents/c.txt": ""},
            grants=("fs.read=documents",),
        ),
        Example(
            "the largest files first",
            {"path": "d", "kinds": ["file"], "sort_by": "size", "descending": True, "limit": 1, "format": "paths"},
            {"paths": ["d/big"], "total": 2, "returned": 1, "truncated": True},
            files={"d/big": "12345", "d/small": "1"},
            grants=("fs.read=d",),
        ),
        Example(
            "a tree",
            {"path": "src", "recursive": True, "use_ignore_files": True, "format": "tree"},
            {"tree": "src\n├── a.py\n└── pkg/\n    └── b.py"},
            files={"src/a.py": "", "src/pkg/b.py": "", "src/pkg/b.pyc": "", "src/.gitignore": "*.pyc\n"},
            grants=("fs.read=src",),
        ),
    )

    async def run(self, args: DirectoryListerArgs, ctx: Context) -> dict[str, Any]:
        """List and return the entries asked for, the number of all that fit, and totals of these."""
        selection = Selection(
            ctx,
            args.path,
            include=as_patterns(args.pattern),
            exclude=as_patterns(args.exclude),
            hidden=args.include_hidden,
            ignore_files=args.use_ignore_files,
            depth=args.max_depth if args.recursive else 1,
        )
        found: list[Entry] = []
        capped, seen = False, 0
        async for entry in selection.entries():
            seen += 1
            if args.kinds is None or entry.info.kind in args.kinds:
                found.append(entry)
            if seen % _REPORT_EVERY == 0:
                ctx.progress(seen, None, entry.relative)
            if len(found) >= MAX_ENTRIES:
                capped = True
                break
        page = _sorted(found, args)[args.offset : args.offset + args.limit]
        return {
            "path": args.path,
            **_shown(page, args),
            "returned": len(page),
            "total": len(found),
            "totals": _totals(found),
            "truncated": capped or args.offset + len(page) < len(found),
            "unreadable": selection.unreadable,
        }


def _sorted(found: list[Entry], args: DirectoryListerArgs) -> list[Entry]:
    keys: dict[str, Callable[[Entry], Any]] = {
        "name": lambda entry: (entry.name, entry.relative),
        "size": lambda entry: (entry.info.size, entry.relative),
        "modified": lambda entry: (entry.info.modified, entry.relative),
        "kind": lambda entry: (entry.info.kind, entry.relative),
    }
    if args.sort_by == "path":  # the order in which a tree is walked: a folder before its contents
        return found[::-1] if args.descending else found
    return sorted(found, key=keys[args.sort_by], reverse=args.descending)


def _shown(page: list[Entry], args: DirectoryListerArgs) -> dict[str, Any]:
    if args.format == "paths":
        return {"paths": [entry.info.path for entry in page]}
    if args.format == "tree":
        return {"tree": draw(args.path, [(entry.relative, entry.info.kind) for entry in page])}
    return {"entries": [_entry(entry, metadata=args.include_metadata) for entry in page]}


def _entry(entry: Entry, *, metadata: bool) -> dict[str, Any]:
    info = entry.info
    told: dict[str, Any] = {"name": entry.name, "path": info.path, "kind": info.kind, "size": info.size}
    if metadata:
        told |= {**brief(info), "depth": entry.depth}
    return told


def _totals(found: list[Entry]) -> dict[str, int]:
    kinds = [entry.info.kind for entry in found]
    return {
        "files": kinds.count("file"),
        "directories": kinds.count("directory"),
        "links": kinds.count("link"),
        "others": kinds.count("other"),
        "bytes": sum(entry.info.size for entry in found if entry.info.kind == "file"),
    }
