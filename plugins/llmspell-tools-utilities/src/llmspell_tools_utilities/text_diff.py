"""Differences of texts, by lines and by words or characters."""

from __future__ import annotations

import difflib
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import ResourceExhaustedError
from llmspell_tools_utilities.matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_SLOW_LINES = 3000
MAX_PIECES = 50_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_NO_NEWLINE = "\\ No newline at end of file\n"


class TextOptions(NamedTuple):
    """How two texts are compared and shown."""

    form: str = "unified"
    context: int = 3
    ignore_case: bool = False
    ignore_whitespace: bool = False
    left_name: str = "left"
    right_name: str = "right"
    width: int = 130


class _Line(str):
    """A line that is shown as it is and compared by a key, which is what difflib looks at."""

    __slots__ = ("key",)
    key: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Line) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def compare_lines(left: str, right: str, options: TextOptions) -> dict[str, Any]:
    """Compare by lines. Raises `ResourceExhaustedError` where a form would take too long."""
    old, new = _lines(left, options), _lines(right, options)
    if options.form in {"ndiff", "html"} and len(old) + len(new) > MAX_SLOW_LINES:
        message = f"{options.form} looks into similar lines, which takes too long beyond {MAX_SLOW_LINES} lines"
        raise ResourceExhaustedError(message, suggestions=["use unified or side_by_side"])
    matcher = Matcher(old, new)
    opcodes = matcher.get_opcodes()
    return {
        "text": _show(old, new, opcodes, options),
        "identical": all(tag == "equal" for tag, *_ in opcodes),
        "similarity": matcher.ratio(),
        "format": options.form,
        "statistics": _count(opcodes),
    }


def compare_pieces(left: str, right: str, options: TextOptions) -> dict[str, Any]:
    """Compare by words or characters; removed text is shown as `[-..-]`, added text as `{+..+}`."""
    split: Callable[[str], Sequence[str]] = _WORD.findall if options.form == "words" else list
    old, new = [_keyed(one, options) for one in split(left)], [_keyed(one, options) for one in split(right)]
    if len(old) + len(new) > MAX_PIECES:
        message = f"{options.form}: {len(old) + len(new)} pieces; the limit is {MAX_PIECES}"
        raise ResourceExhaustedError(message, suggestions=["compare by lines (unified), or smaller texts"])
    matcher = Matcher(old, new, junk=str.isspace if options.form == "words" else None, autojunk=False)
    opcodes = matcher.get_opcodes()
    changes, shown = [], []
    for tag, i, j, k, m in opcodes:
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        changes.append({"kind": tag, "left": gone, "right": come})
        shown.append(come if tag == "equal" else (f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return {
        "text": "".join(shown),
        "identical": all(tag == "equal" for tag, *_ in opcodes),
        "similarity": matcher.ratio(),
        "format": options.form,
        "statistics": _count(opcodes),
        "changes": changes,
    }


def _lines(text: str, options: TextOptions) -> list[_Line]:
    return [_keyed(line, options) for line in io.StringIO(text, newline="\n")]


def _keyed(text: str, options: TextOptions) -> _Line:
    line = _Line(text)
    key = " ".join(text.split()) if options.ignore_whitespace else text
    line.key = key.casefold() if options.ignore_case else key
    return line


def _show(old: list[_Line], new: list[_Line], opcodes: Sequence[Any], options: TextOptions) -> str:
    names = (options.left_name, options.right_name)
    if options.form == "unified":
        return _ended(difflib.unified_diff(old, new, *names, n=options.context))
    if options.form == "context":
        return _ended(difflib.context_diff(old, new, *names, n=options.context))
    if options.form == "ndiff":
        return _ended(difflib.ndiff(old, new))
    if options.form == "html":
        return difflib.HtmlDiff(wrapcolumn=80).make_table(old, new, *names, context=True, numlines=options.context)
    return _side_by_side(old, new, opcodes, options.width)


def _ended(lines: Any) -> str:
    """Join diff lines; one without a line break is followed by the note that diff and git write."""
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def _side_by_side(old: list[_Line], new: list[_Line], opcodes: Sequence[Any], width: int) -> str:
    """Show two columns with a sign between: `<` left only, `>` right only, `|` changed."""
    column = (width - 3) // 2
    rows = []
    for tag, i, j, k, m in opcodes:
        for step in range(max(j - i, m - k)):
            left = str(old[i + step]).rstrip("\r\n") if i + step < j else None
            right = str(new[k + step]).rstrip("\r\n") if k + step < m else None
            sign = " " if tag == "equal" else ">" if left is None else "<" if right is None else "|"
            rows.append(f"{(left or '')[:column]:<{column}} {sign} {(right or '')[:column]}".rstrip())
    return "\n".join(rows)


def _count(opcodes: Sequence[Any]) -> dict[str, int]:
    counts = {"added": 0, "removed": 0, "changed": 0, "unchanged": 0}
    for tag, i, j, k, m in opcodes:
        gone, come = j - i, m - k
        both = min(gone, come)
        counts["unchanged" if tag == "equal" else "changed"] += both
        counts["removed"] += gone - both
        counts["added"] += come - both
    return counts
