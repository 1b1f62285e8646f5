"""The tool `frequent_words`."""

from __future__ import annotations

from collections import Counter
from string import punctuation
from typing import TYPE_CHECKING, Annotated

from attrs import frozen
from llmspell.errors import ToolExecutionError
from llmspell.spec import Doc, Example

if TYPE_CHECKING:
    from llmspell.spec import Context


@frozen(kw_only=True)
class FrequentWordsArgs:
    """What to count."""

    path: Annotated[str, Doc("Text file to read, in UTF-8.", min_length=1)]
    limit: Annotated[int, Doc("How many words to list at most.", minimum=1, maximum=1000)] = 10


@frozen(kw_only=True)
class FrequentWordsOptions:
    """What a script may settle for a variant of the tool: `FrequentWordsTool.new({shortest = 4})`."""

    shortest: Annotated[int, Doc("Leave out words with fewer letters.", minimum=1)] = 1
    max_bytes: Annotated[int, Doc("Refuse larger files.", minimum=1)] = 1_000_000


class FrequentWordsTool:
    """List the most frequent words of a text file, whatever their case.

    Result: `words` (a list of `word` and `count`, the most frequent first), `different` (how many words there are).
    """

    Options = FrequentWordsOptions

    examples = (
        Example(
            "a sentence",
            {"path": "a.txt"},
            {"words": [{"word": "so", "count": 2}, {"word": "far", "count": 1}], "different": 2},
            files={"a.txt": "So far, so."},
            grants=("fs.read=a.txt",),
        ),
        Example(
            "the first only",
            {"path": "a.txt", "limit": 1},
            {"words": [{"word": "b", "count": 2}], "different": 2},
            files={"a.txt": "a b b"},
            grants=("fs.read=a.txt",),
        ),
        Example(
            "equally frequent words by name",
            {"path": "notes/a.txt"},
            {"words": [{"word": "a", "count": 1}, {"word": "b", "count": 1}]},
            files={"notes/a.txt": "b a"},
            grants=("fs.read=notes",),
        ),
    )

    def __init__(self, options: FrequentWordsOptions | None = None) -> None:
        self.options = options or FrequentWordsOptions()

    async def run(self, args: FrequentWordsArgs, ctx: Context) -> dict[str, object]:
        """Count the words; raises `ToolExecutionError` for a file without any, and for one that is not UTF-8."""
        data = await ctx.fs.read(args.path, limit=self.options.max_bytes)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"{args.path} is not UTF-8: byte {error.start} does not fit"
            raise ToolExecutionError(message, suggestions=["convert the file first"]) from error
        words = (word.strip(punctuation) for word in text.casefold().split())
        counts = Counter(word for word in words if len(word) >= self.options.shortest)
        if not counts:
            message = f"{args.path} has no words of {self.options.shortest} letters or more"
            raise ToolExecutionError(message, suggestions=["lower `shortest`", "name another file"])
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        listed = [{"word": word, "count": count} for word, count in ranked[: args.limit]]
        return {"words": listed, "different": len(counts)}
