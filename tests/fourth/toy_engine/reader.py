"""Read the toy language: parentheses, words, numbers, texts as in JSON, and comments after `;`."""

from __future__ import annotations

import json
import re

NESTING = 60
"""How deep a program's parentheses may go."""

_TOKEN = re.compile(
    r"(?P<blank>\s+|;[^\n]*|\A#![^\n]*)|(?P<open>\()|(?P<close>\))|"
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()";]+)|(?P<bad>.)',
    re.DOTALL,
)
_CONSTANTS = {"true": True, "false": False, "nil": None}


class Symbol(str):
    """A word of the program."""

    __slots__ = ()


class Form(list[object]):
    """What stands between two parentheses, and the file and line where it begins."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line


class MisreadError(Exception):
    """A program that is not valid, and the line that says so."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read(source: str, file: str) -> Form:
    """Give a program as one form; raises `MisreadError`."""
    open_forms = [Form(file, 1)]
    line = 1
    for token in _TOKEN.finditer(source):
        kind, text = token.lastgroup, token.group()
        if kind == "open":
            inner = Form(file, line)
            open_forms[-1].append(inner)
            open_forms.append(inner)
            if len(open_forms) > NESTING:
                raise MisreadError(f"there are more than {NESTING} parentheses in each other", line)
        elif kind == "close":
            open_forms.pop()
            if not open_forms:
                raise MisreadError("a ')' closes nothing", line)
        elif kind in ("text", "word", "bad"):
            open_forms[-1].append(_atom(str(kind), text, line))
        line += text.count("\n")
    if len(open_forms) > 1:
        raise MisreadError("a '(' is never closed", open_forms[-1].line)
    return open_forms[0]


def _atom(kind: str, text: str, line: int) -> object:
    if kind == "text":
        try:
            return json.loads(text, strict=False)
        except ValueError:
            raise MisreadError("a text has an escape that JSON does not know", line) from None
    if kind == "bad":
        raise MisreadError("a '\"' is never closed", line)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if re.fullmatch(r"-?\d{1,4000}", text):
        return int(text)
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text):
        return float(text)
    return Symbol(text)
