"""Build the tree of a template from its tags."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from llmspell.errors import ValidationError
from llmspell.model.near import near_words
from llmspell.services.template_helpers import HELPERS
from llmspell.services.template_lexer import Tag, lex
from llmspell.services.template_nodes import Block, Call, Literal, Output, Path, Text, fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.services.template_lexer import Word
    from llmspell.services.template_nodes import Expression, Node

BLOCKS = ("if", "unless", "each", "with")
MAX_SOURCE = 1 << 20
MAX_DEPTH = 32
CACHED_SOURCE = 64 << 10
"""Longer templates are parsed each time: a cache of them would hold too much."""

_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}


def parse(source: str) -> tuple[Node, ...]:
    """Parse a template; raises `ValidationError` with line and column."""
    if len(source) > MAX_SOURCE:
        raise ValidationError(f"the template has {len(source)} characters, more than {MAX_SOURCE}")
    return _cached(source) if len(source) <= CACHED_SOURCE else _Parser(source).parse()


@lru_cache(maxsize=512)
def _cached(source: str) -> tuple[Node, ...]:
    return _Parser(source).parse()


class _Parser:
    """Walk the items of one template once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.items = lex(source)
        self.position = 0
        self.depth = 0

    def parse(self) -> tuple[Node, ...]:
        """Give the nodes of the whole template."""
        nodes = self._nodes()
        if self.position < len(self.items):
            tag = self.items[self.position]
            assert isinstance(tag, Tag)  # noqa: S101 - `_nodes` stops at nothing else
            raise fault(self.source, tag.at, "nothing is open here that this could close or continue")
        return nodes

    def _nodes(self) -> tuple[Node, ...]:
        """Read nodes up to a closing tag, an else or the end."""
        nodes: list[Node] = []
        while self.position < len(self.items):
            item = self.items[self.position]
            if isinstance(item, str):
                if item:
                    nodes.append(Text(item))
            elif item.sigil == "#":
                self.position += 1
                nodes.append(self._block(item, item.words))
                continue
            elif item.sigil == "/" or item.is_else:
                break
            elif item.sigil == "^":
                raise fault(self.source, item.at, "write {{#unless x}} for a block of what is not")
            elif item.sigil != "!":
                nodes.append(Output(self._whole(item, item.words), item.sigil in {"{", "&"}))
            self.position += 1
        return tuple(nodes)

    def _block(self, tag: Tag, words: Sequence[Word], closing: str = "") -> Block:
        """Read a block whose opening words are given, with its end; `closing` names whose end that is."""
        kind = words[0].text if words else ""
        if kind not in BLOCKS:
            known = ", ".join(f"#{name}" for name in BLOCKS)
            raise fault(self.source, tag.at, f"there is no block {kind!r}; the blocks are {known}")
        self._deeper(tag.at)
        words, names = self._names(words[1:])
        subject = self._whole(tag, words)
        body = self._nodes()
        block = Block(kind, subject, names, body, self._inverse(tag, closing or kind), tag.at)
        self.depth -= 1
        return block

    def _inverse(self, opening: Tag, kind: str) -> tuple[Node, ...]:
        """Read what follows the body: the closing tag, or an else branch and then the closing tag."""
        tag = self.items[self.position] if self.position < len(self.items) else None
        if not isinstance(tag, Tag):
            raise fault(self.source, opening.at, f"{{{{#{kind}}}}} is not closed", [f"Write {{{{/{kind}}}}} after it."])
        if tag.sigil == "/":
            self._close(opening, kind)
            return ()
        self.position += 1
        if len(tag.words) > 1:  # `else if x`: one more block, whose closing tag is ours
            return (self._block(tag, tag.words[1:], kind),)
        inverse = self._nodes()
        self._close(opening, kind)
        return inverse

    def _close(self, opening: Tag, kind: str) -> None:
        tag = self.items[self.position] if self.position < len(self.items) else None
        if not isinstance(tag, Tag):
            raise fault(self.source, opening.at, f"{{{{#{kind}}}}} is not closed", [f"Write {{{{/{kind}}}}} after it."])
        if tag.sigil != "/":
            raise fault(self.source, tag.at, f"{{{{#{kind}}}}} has its {{{{else}}}} already")
        name = tag.words[0].text if tag.words else ""
        if name != kind:
            raise fault(self.source, tag.at, f"{{{{/{name}}}}} does not close {{{{#{kind}}}}}")
        self.position += 1

    def _names(self, words: Sequence[Word]) -> tuple[Sequence[Word], tuple[str, ...]]:
        """Split `x as |item key|` into the subject's words and the names."""
        marks = [index for index, word in enumerate(words) if word.text == "|"]
        if not marks:
            return words, ()
        names = words[marks[0] + 1 : marks[-1]]
        ordered = len(marks) == 2 and marks[-1] == len(words) - 1 and words[marks[0] - 1].text == "as"  # noqa: PLR2004
        if not ordered or not 1 <= len(names) <= 2 or any(not word.text.isidentifier() for word in names):  # noqa: PLR2004
            raise fault(self.source, words[marks[0]].at, "names are written `as |item|` or `as |item key|`")
        return words[: marks[0] - 1], tuple(word.text for word in names)

    def _whole(self, tag: Tag, words: Sequence[Word]) -> Expression:
        """Read all words of a tag as one expression."""
        if not words:
            raise fault(self.source, tag.at, "a name is missing")
        expression, rest = self._expression(words)
        if rest:
            raise fault(self.source, rest[0].at, f"{rest[0].text!r} cannot stand here")
        return expression

    def _expression(self, words: Sequence[Word]) -> tuple[Expression, Sequence[Word]]:
        """Read a value, or a helper and its arguments up to a closing parenthesis."""
        first = words[0]
        if len(words) == 1 or (words[1].text == ")" and words[1].kind == "mark"):
            return self._operand(words)
        if first.kind != "path":
            return self._operand(words)
        if first.text not in HELPERS:
            near = near_words(first.text, HELPERS, n=2)
            known = [f"Use {name}." for name in near] or [f"The helpers are {', '.join(HELPERS)}."]
            raise fault(self.source, first.at, f"there is no helper {first.text!r}", known)
        arguments: list[Expression] = []
        rest = words[1:]
        while rest and not (rest[0].kind == "mark" and rest[0].text == ")"):
            argument, rest = self._operand(rest)
            arguments.append(argument)
        least, most = HELPERS[first.text].takes
        if not least <= len(arguments) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise fault(self.source, first.at, f"{first.text} takes {count} values, not {len(arguments)}")
        return Call(first.text, tuple(arguments), first.at), rest

    def _operand(self, words: Sequence[Word]) -> tuple[Expression, Sequence[Word]]:
        """Read one value, name or expression in parentheses."""
        word, rest = words[0], words[1:]
        if word.kind == "string":
            return Literal(_unquoted(word.text)), rest
        if word.kind == "number":
            return Literal(float(word.text) if "." in word.text else int(word.text)), rest
        if word.kind == "path":
            return self._path(word), rest
        if word.text == "(" and rest:
            self._deeper(word.at)
            inner, rest = self._expression(rest)
            if not rest or rest[0].text != ")":
                raise fault(self.source, word.at, "the parenthesis is not closed")
            self.depth -= 1
            return inner, rest[1:]
        if word.text == "=":
            raise fault(self.source, word.at, "`name=value` is not supported: give values in order")
        raise fault(self.source, word.at, f"{word.text!r} cannot stand here")

    def _path(self, word: Word) -> Expression:
        text = word.text
        if text in _CONSTANTS:
            return Literal(_CONSTANTS[text])
        data = text.startswith("@")
        text = text.removeprefix("@")
        up = 0
        while text.startswith("../"):
            up, text = up + 1, text[3:]
        if text == "..":
            return Path(up + 1, data, True, (), word.text, word.at)  # noqa: FBT003 - a field
        parts = _segments(text.removeprefix("./"))
        own = parts[0] in {"this", "."}
        scoped = own or up > 0 or text.startswith("./")
        return Path(up, data, scoped, tuple(parts[own:]), word.text, word.at)

    def _deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise fault(self.source, at, f"more than {MAX_DEPTH} blocks and parentheses within each other")


def _segments(text: str) -> list[str]:
    """Split `a.b/[c d].0` into its names."""
    found: list[str] = []
    while text:
        if text.startswith("["):
            name, _, text = text[1:].partition("]")
            text = text[1:]
        else:
            end = min((at for at in (text.find("."), text.find("/")) if at > 0), default=len(text))
            name, text = text[:end], text[end + 1 :]
        found.append(name)
    return found


def _unquoted(text: str) -> str:
    """Read a quoted text; a backslash works as in JSON."""
    if "\\" not in text:
        return text[1:-1]
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return text[1:-1]
