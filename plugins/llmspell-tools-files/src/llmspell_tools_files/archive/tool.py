"""The tool `file_archiver`: archives made, listed, verified and extracted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.spec.tools import Doc, Example
from llmspell_tools_files.archive.create import create
from llmspell_tools_files.archive.extract import extract, list_entries, verify

if TYPE_CHECKING:
    from llmspell.spec.context import Context

_OPERATIONS = {"create": create, "extract": extract, "list": list_entries, "test": verify}


@frozen(kw_only=True)
class FileArchiverArgs:
    """What to do with which archive."""

    operation: Annotated[
        Literal["create", "extract", "list", "test"], Doc("`test` reads everything and verifies sizes and checksums.")
    ]
    path: Annotated[str, Doc("The archive.", min_length=1, examples=("out/docs.zip", "release.tar.gz"))]
    source: Annotated[str | list[str] | None, Doc("Files and folders to put into a new archive.")] = None
    target: Annotated[str | None, Doc("Folder to extract into; made when missing. The working folder by default.")] = (
        None
    )
    format: Annotated[
        Literal["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "gz", "bz2", "xz", "zst"] | None,
        Doc("By default what the name of a new archive says, and what the first bytes of an old one say."),
    ] = None
    level: Annotated[
        int | None, Doc("Compression level: zip and gz 0-9, bz2 1-9, xz 0-9, zst 1-22.", minimum=0, maximum=22)
    ] = None
    include: Annotated[
        str | list[str] | None, Doc("Only entries like this: `*.md`, `docs/**/*.{png,jpg}`.", examples=("*.md",))
    ] = None
    exclude: Annotated[str | list[str] | None, Doc("Leave out entries like this, with all that is below them.")] = None
    include_hidden: Annotated[bool, Doc("Put in names that begin with a dot.")] = True
    use_ignore_files: Annotated[bool, Doc("Leave out what `.gitignore` and `.ignore` files name.")] = False
    prefix: Annotated[
        str | None,
        Doc("What names in a new archive begin with, instead of the name of each source folder; empty for nothing."),
    ] = None
    deterministic: Annotated[
        bool, Doc("Make the same archive of the same contents: sorted, all times 1980, modes 644 and 755.")
    ] = False
    strip_components: Annotated[int, Doc("Leading parts of names to drop when extracting.", minimum=0)] = 0
    overwrite: Annotated[
        Literal["refuse", "replace", "skip"], Doc("What to do about files (or an archive) that are there already.")
    ] = "refuse"
    special: Annotated[
        Literal["refuse", "skip"], Doc("What to do about links and devices in an archive; they are never made.")
    ] = "refuse"
    preserve: Annotated[bool, Doc("Keep times and, within what the user's new files may be, modes.")] = True
    case_sensitive: Annotated[bool, Doc("Extract names that differ only in case or in the form of letters.")] = False
    name_encoding: Annotated[str | None, Doc("Encoding of names that are not marked as UTF-8.")] = None
    dry_run: Annotated[bool, Doc("Check everything and tell what would be done, but write nothing.")] = False
    limit: Annotated[int, Doc("Most entries to name in the result.", minimum=0, maximum=100_000)] = 1000
    max_total_size: Annotated[int | str, Doc("Most bytes that may come out of an archive.")] = "1GB"
    max_file_size: Annotated[int | str, Doc("Most bytes of one file.")] = "1GB"
    max_entries: Annotated[
        int, Doc("Most entries, with the folders that their names imply.", minimum=1, maximum=1_000_000)
    ] = 10_000
    max_ratio: Annotated[
        float, Doc("Most bytes out for one byte in, of the archive and of an entry, above 1 MiB.", minimum=1)
    ] = 100.0
    max_depth: Annotated[int, Doc("Most folders in a name.", minimum=1, maximum=1000)] = 64
    max_path_length: Annotated[int, Doc("Most characters of a name.", minimum=1, maximum=4000)] = 1024


class FileArchiver:
    """Create, extract, list and verify archives."""

    examples = (
        Example(
            "a folder as a zip archive",
            {"operation": "create", "path": "out/docs.zip", "source": "docs", "include": "*.md", "level": 9},
            {"created": True, "format": "zip", "entries": ["docs/a.md", "docs/b/c.md"], "skipped": []},
            files={"docs/a.md": "# A", "docs/b/c.md": "# C", "docs/x.log": "", "out/.keep": ""},
            grants=("fs.read=.", "fs.write=out"),
        ),
        Example(
            "a reproducible archive",
            {"operation": "create", "path": "a.tar.xz", "source": ["one.txt", "two.txt"], "deterministic": True},
            {"created": True, "entries": ["one.txt", "two.txt"], "bytes": 2},
            files={"one.txt": "1", "two.txt": "2"},
            grants=("fs.read=.", "fs.write=."),
        ),
        Example(
            "what would go in",
            {"operation": "create", "path": "all.tar.zst", "source": ".", "use_ignore_files": True, "dry_run": True},
            {"created": False, "entries": [".gitignore", "a.txt"], "bytes": 7},
            files={"a.txt": "1", "a.log": "", ".gitignore": "*.log\n"},
            grants=("fs.read=.",),
        ),
    )

    async def run(self, args: FileArchiverArgs, ctx: Context) -> dict[str, Any]:
        """Do it and return what was done to how much, and what was skipped."""
        done = await _OPERATIONS[args.operation](args, ctx)
        return {"operation": args.operation, "path": args.path, "dry_run": args.dry_run, **done}
