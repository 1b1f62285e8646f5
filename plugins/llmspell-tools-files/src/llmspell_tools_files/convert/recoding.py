"""From bytes of one encoding to bytes of another, piece by piece, with the place of what does not fit."""

from __future__ import annotations

import codecs
import unicodedata
from typing import TYPE_CHECKING, Literal

from llmspell.errors import ToolExecutionError
from llmspell_tools_files.text.encodings import misfit

if TYPE_CHECKING:
    from llmspell_tools_files.convert.changing import TextChanger
    from llmspell_tools_files.text.encodings import Encoding

Errors = Literal["strict", "replace", "ignore", "backslashreplace"]


class Recoder:
    """Turn a file's bytes into those of the converted file; `replaced` counts characters the target does not have."""

    def __init__(self, source: Encoding, target: Encoding, errors: Errors, changer: TextChanger, path: str) -> None:
        self.replaced = 0
        self._source = source
        self._target = target
        self._errors = errors
        self._changer = changer
        self._path = path
        self._decoder = codecs.getincrementaldecoder(source.codec)(errors)
        self._encoder = codecs.getincrementalencoder(target.codec)(errors)
        self._position = 0
        self._line, self._column = 1, 1
        self._begun = False

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """Take in the next bytes; the first must hold the whole byte order mark.

        Raises `ToolExecutionError` for what does not fit.
        """
        mark = b""
        if not self._begun and (data or final):
            self._begun = True
            mark = self._target.mark
            self._position = len(self._source.mark)
            data = data[self._position :]
        return mark + self._encode(self._changer.feed(self._decode(data, final=final), final=final), final=final)

    def _decode(self, data: bytes, *, final: bool) -> str:
        waiting = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise misfit(self._path, self._source.codec, self._position - waiting + error.start) from error
        except UnicodeError as error:  # a few codecs tell no place
            raise misfit(self._path, self._source.codec, self._position) from error
        self._position += len(data)
        return text

    def _encode(self, text: str, *, final: bool) -> bytes:
        if self._errors != "strict":
            self.replaced += _unknown(text, self._target.codec)
        try:
            data: bytes = self._encoder.encode(text, final)
        except UnicodeEncodeError as error:
            at = error.start - (len(error.object) - len(text))  # a stateful codec may hold a letter back
            raise self._has_no(error.object[error.start], text[: max(at, 0)]) from error
        except UnicodeError as error:
            raise ToolExecutionError(
                f"{self._path!r} cannot be written as {self._target.codec}: {error}",
                suggestions=["Choose utf-8."],
                context={"path": self._path},
            ) from error
        self._line, self._column = self._after(text)
        return data

    def _after(self, text: str) -> tuple[int, int]:
        """Give line and column of what follows a piece of text."""
        lines = text.count("\n") + text.count("\r") - text.count("\r\n")
        if not lines:
            return self._line, self._column + len(text)
        return self._line + lines, len(text) - max(text.rfind("\n"), text.rfind("\r"))

    def _has_no(self, character: str, before: str) -> ToolExecutionError:
        line, column = self._after(before)
        name = unicodedata.name(character, "a character without a name")
        codec = self._target.codec
        return ToolExecutionError(
            f"{codec} has no {character!a} (U+{ord(character):04X}, {name}): "
            f"line {line}, column {column} of {self._path!r}",
            suggestions=["Choose utf-8, or say with errors='replace', 'ignore' or 'backslashreplace' what to write."],
            context={"path": self._path, "encoding": codec, "line": line, "column": column, "character": character},
        )


def _unknown(text: str, codec: str) -> int:
    """Count the characters that an encoding does not have."""
    try:
        text.encode(codec)
    except UnicodeError:
        return sum(text.count(one) for one in set(text) if not _has(one, codec))
    return 0


def _has(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeError:
        return False
    return True
