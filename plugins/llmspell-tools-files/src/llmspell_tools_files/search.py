"""The tool `file_search`: files by what they hold and by what they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from attrs import define, field, frozen

from llmspell.errors import LlmspellError, ValidationError
from llmspell.model.units import parse_size
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files.globs import Globs, as_patterns
from llmspell_tools_files.matching import Found, Request, Text, literal, pattern, search_batch
from llmspell_tools_files.selection import Entry, Selection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec.context import Context

_BATCH_BYTES = 1 << 20
_BATCH_FILES = 64


@frozen(kw_only=True)
class FileSearchArgs:
    """What to search for and where."""

    path: Annotated[str, Doc("Folder or file to search.", min_length=1)] = "."
    query: Annotated[str | None, Doc("Text to find in the files' lines.", min_length=1)] = None
    regex: Annotated[
        bool, Doc("`query` is a regular expression (RE2: no look-around, no back-references; linear time).")
    ] = False
    name: Annotated[
        str | list[str] | None, Doc("Only files called like this: `*.md`, `docs/**/*.{md,txt}`.", examples=("*.md",))
    ] = None
    exclude: Annotated[str | list[str] | None, Doc("Leave out names like this, with all that is below them.")] = None
    case_sensitive: Annotated[bool, Doc("Tell capital letters from small ones, in lines and names.")] = True
    whole_word: Annotated[bool, Doc("Find whole words only.")] = False
    context_lines: Annotated[int, Doc("Lines to show before and after each match.", minimum=0, maximum=50)] = 0
    max_results: Annotated[int, Doc("Most matches (or files) to return.", minimum=1, maximum=10_000)] = 100
    max_per_file: Annotated[int, Doc("Most matches of one file to return.", minimum=1)] = 20
    count_only: Annotated[bool, Doc("Count matching lines of each file and return no text.")] = False
    max_file_size: Annotated[int | str, Doc("Pass over files larger than this.", examples=("1MB",))] = "5MB"
    max_depth: Annotated[int | None, Doc("Levels to go down; 1 is the folder itself.", minimum=1)] = None
    include_hidden: Annotated[bool, Doc("Search names that begin with a dot.")] = False
    use_ignore_files: Annotated[bool, Doc("Leave out what `.gitignore` and `.ignore` files name.")] = True


@define
class _Tally:
    """What was found so far."""

    searched: int = 0
    total: int = 0
    matches: list[dict[str, Any]] = field(factory=list)
    counts: dict[str, int] = field(factory=dict)
    skipped: dict[str, int] = field(factory=lambda: {"binary": 0, "large": 0, "unreadable": 0})


class FileSearch:
    """Search files."""

    examples = (
        Example(
            "a text, with the lines around it",
            {"path": "src", "query": "needle", "context_lines": 1},
            {
                "total_matches": 1,
                "matches": [
                    {
                        "path": "src/a.txt",
                        "line": 2,
                        "column": 3,
                        "text": "a needle",
                        "match": "needle",
                        "before": ["one"],
                        "after": ["two"],
                    }
                ],
            },
            files={"src/a.txt": "one\na needle\ntwo\n", "src/b.txt": "nothing"},
            grants=("fs.read=src",),
        ),
        Example(
            "a regular expression in some files, counted",
            {"query": r"def \w+", "regex": True, "name": "*.py", "count_only": True},
            {"counts": {"a.py": 2}, "files_matched": 1, "total_matches": 2},
            files={"a.py": "def f(): 0\ndef g(): 0\n", "b.txt": "def x"},
            grants=("fs.read=.",),
        ),
        Example(
            "files by name alone",
            {"name": ["*.md", "*.rst"]},
            {"files": ["docs/guide.rst", "readme.md"], "files_matched": 2},
            files={"readme.md": "", "docs/guide.rst": "", "code.py": ""},
            grants=("fs.read=.",),
        ),
    )

    async def run(self, args: FileSearchArgs, ctx: Context) -> dict[str, Any]:
        """Search and return matches, counts or names, with what was passed over."""
        if args.query is None and args.name is None:
            raise ValidationError("nothing to search for", suggestions=["Give a query, a name pattern, or both."])
        selection = Selection(
            ctx,
            args.path,
            exclude=as_patterns(args.exclude),
            hidden=args.include_hidden,
            ignore_files=args.use_ignore_files,
            depth=args.max_depth,
            ignore_case=not args.case_sensitive,
        )
        names = Globs(as_patterns(args.name), ctx.regex, ignore_case=not args.case_sensitive) if args.name else None
        files = _files(args, ctx, selection, names)
        if args.query is None:
            return await _by_name(args, selection, files)
        return await _by_content(args, ctx, selection, files)


async def _files(
    args: FileSearchArgs, ctx: Context, selection: Selection, names: Globs | None
) -> AsyncIterator[tuple[str, int]]:
    """Yield path and size of each file to look at; a path that is a file is that file alone."""
    info = await ctx.fs.stat(args.path)
    if info.kind == "file":
        yield info.path, info.size
        return
    async for entry in selection.entries():
        if entry.info.kind == "file" and (names is None or names.matches(entry.relative)):
            yield _path(entry), entry.info.size


def _path(entry: Entry) -> str:
    return entry.info.path


async def _by_name(args: FileSearchArgs, selection: Selection, files: AsyncIterator[tuple[str, int]]) -> dict[str, Any]:
    found: list[str] = []
    total = 0
    async for path, _ in files:
        total += 1
        if len(found) < args.max_results:
            found.append(path)
    return {
        "path": args.path,
        "files": found,
        "files_matched": total,
        "truncated": total > len(found),
        "unreadable": selection.unreadable,
    }


async def _by_content(
    args: FileSearchArgs, ctx: Context, selection: Selection, files: AsyncIterator[tuple[str, int]]
) -> dict[str, Any]:
    request = Request(
        _finder(args, ctx), args.context_lines, args.context_lines, args.max_per_file, show=not args.count_only
    )
    tally = _Tally()
    async for batch in _batches(args, ctx, selection, files, tally):
        for found in await ctx.blocking(search_batch, batch, request):
            _count(found, tally)
        ctx.progress(tally.searched, None, f"{tally.total} matches")
        if not args.count_only and len(tally.matches) > args.max_results:
            break  # there is more than may be returned: the rest is not worth reading
    shown = tally.matches[: args.max_results]
    counts = dict(list(tally.counts.items())[: args.max_results])
    more = len(tally.matches) > len(shown) or (not args.count_only and tally.total > len(shown))
    result: dict[str, Any] = {"path": args.path}
    result |= {"counts": counts} if args.count_only else {"matches": shown}
    return result | {
        "files_searched": tally.searched,
        "files_matched": len(tally.counts),
        "total_matches": tally.total,
        "truncated": more or len(counts) < len(tally.counts),
        "skipped": tally.skipped,
        "unreadable": selection.unreadable,
    }


def _count(found: Found, tally: _Tally) -> None:
    if found.binary:
        tally.skipped["binary"] += 1
        return
    tally.searched += 1
    if found.total:
        tally.total += found.total
        tally.counts[found.path] = found.total
        tally.matches += found.matches


async def _batches(
    args: FileSearchArgs,
    ctx: Context,
    selection: Selection,
    files: AsyncIterator[tuple[str, int]],
    tally: _Tally,
) -> AsyncIterator[list[Text]]:
    """Read files and hand them on by the megabyte: one trip to a thread for many small files."""
    cap = parse_size(args.max_file_size)
    batch: list[Text] = []
    held = 0
    async for path, size in files:
        if size > cap:
            tally.skipped["large"] += 1
            continue
        try:
            data = await ctx.fs.read(path, limit=cap)
        except LlmspellError as error:
            tally.skipped["unreadable"] += 1
            selection.unreadable.append({"path": path, "reason": error.message})
            continue
        batch.append(Text(path, data))
        held += len(data)
        if held >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _finder(args: FileSearchArgs, ctx: Context) -> Any:
    query = args.query or ""
    if not args.regex and not args.whole_word:
        return literal(query, ignore_case=not args.case_sensitive)
    text = query if args.regex else re.escape(query)
    if args.whole_word:
        text = rf"\b(?:{text})\b"
    return pattern(ctx.regex.compile(text, ignore_case=not args.case_sensitive))
