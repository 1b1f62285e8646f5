"""The tool `file_search`: files by what they hold and by what they are called."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Annotated, Any

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.model.units import parse_size
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files.choose.globs import Globs, as_patterns
from llmspell_tools_files.choose.selection import Selection
from llmspell_tools_files.search.batches import Search
from llmspell_tools_files.search.index import Index
from llmspell_tools_files.search.matching import Request, anything, literal, pattern
from llmspell_tools_files.search.required import required

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo


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
    index: Annotated[
        bool,
        Doc("Keep an index of the files' texts, so that a later search reads only files that changed or may match."),
    ] = False
    rebuild_index: Annotated[bool, Doc("Make the index anew; implies `index`.")] = False
    clear_index: Annotated[bool, Doc("Drop the index of `path` and what is below; needs no query.")] = False


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
        if args.query is None and args.name is None and not args.clear_index:
            raise ValidationError("nothing to search for", suggestions=["Give a query, a name pattern, or both."])
        uses = args.index or args.rebuild_index
        index = Index(ctx, args.path) if uses or args.clear_index else None
        if index is not None and (args.rebuild_index or args.clear_index):
            await index.clear()
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
            told = await _by_name(args, selection, files)
        else:
            search = _search(args, ctx, index if uses else None)
            if await search.run(files) and index is not None:
                await index.prune(lambda below: names is None or not below or names.matches(below))
            told = _by_content(args, selection, search)
        if index is not None:
            told["index"] = {"skipped": index.skipped, "stored": index.stored, "removed": index.removed}
        return told


async def _files(
    args: FileSearchArgs, ctx: Context, selection: Selection, names: Globs | None
) -> AsyncIterator[FileInfo]:
    """Yield each file to look at; a path that is a file is that file alone."""
    info = await ctx.fs.stat(args.path)
    if info.kind == "file":
        yield info
        return
    async for entry in selection.entries():
        if entry.info.kind == "file" and (names is None or names.matches(entry.relative)):
            yield entry.info


async def _by_name(args: FileSearchArgs, selection: Selection, files: AsyncIterator[FileInfo]) -> dict[str, Any]:
    found: list[str] = []
    total = 0
    async for info in files if args.name is not None else _nothing():
        total += 1
        if len(found) < args.max_results:
            found.append(info.path)
    return {
        "path": args.path,
        "files": found,
        "files_matched": total,
        "truncated": total > len(found),
        "unreadable": selection.unreadable,
    }


async def _nothing() -> AsyncIterator[FileInfo]:
    return
    yield


def _search(args: FileSearchArgs, ctx: Context, index: Index | None) -> Search:
    search = Search(ctx, _request(args, ctx), parse_size(args.max_file_size))
    search.stop_after = None if args.count_only else args.max_results
    if index is not None:
        by_pattern = args.regex or args.whole_word
        ignore_case = not args.case_sensitive
        search.use(index, required(args.query or "", regex=args.regex, ignore_case=ignore_case, by_pattern=by_pattern))
    return search


def _by_content(args: FileSearchArgs, selection: Selection, search: Search) -> dict[str, Any]:
    shown = search.matches[: args.max_results]
    counts = dict(list(search.counts.items())[: args.max_results])
    more = len(search.matches) > len(shown) or (not args.count_only and search.total > len(shown))
    result: dict[str, Any] = {"path": args.path}
    result |= {"counts": counts} if args.count_only else {"matches": shown}
    return result | {
        "files_searched": search.searched,
        "files_matched": len(search.counts),
        "total_matches": search.total,
        "truncated": more or len(counts) < len(search.counts),
        "skipped": search.skipped,
        "unreadable": selection.unreadable + search.unreadable,
    }


def _request(args: FileSearchArgs, ctx: Context) -> Request:
    query, ignore_case = args.query or "", not args.case_sensitive
    quick: Callable[[str], bool] = anything
    if not args.regex and not args.whole_word:
        find = literal(query, ignore_case=ignore_case)
        if not ignore_case:
            quick = functools.partial(_holds, query)
    else:
        text = query if args.regex else re.escape(query)
        find = pattern(ctx.regex.compile(rf"\b(?:{text})\b" if args.whole_word else text, ignore_case=ignore_case))
    around = args.context_lines
    return Request(find, quick, around, around, args.max_per_file, show=not args.count_only)


def _holds(query: str, text: str) -> bool:
    return query in text
