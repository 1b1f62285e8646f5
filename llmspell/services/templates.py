r"""The one template language: the part of Handlebars that prompts, input mappings and the template tool need.

    {{x.y.0}} {{this}} {{../x}} {{@root.x}} {{{raw}}} {{& raw}} {{! comment }} {{!-- comment --}} {{~ trims ~}}
    {{#if x}} {{else if y}} {{else}} {{/if}}   {{#unless x}}   {{#each list as |item key|}}   {{#with x as |name|}}
    {{upper name}} {{#if (eq a "b")}} {{join list ", "}} {{default x "none"}} ...   \{{ prints braces

In a list or map `#each` knows `@index`, `@key`, `@first` and `@last`. A template reads maps, lists and scalars: never
an attribute, and what it reads is never parsed as a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell.model.near import near_words
from llmspell.services.template_helpers import HELPERS, escape_html, member, text_of, truthy
from llmspell.services.template_nodes import Literal, Output, Path, Text, fault
from llmspell.services.template_parser import parse

if TYPE_CHECKING:
    from llmspell.services.template_nodes import Block, Call, Expression, Node

MAX_OUTPUT = 10 << 20
"""Characters that one rendering may print."""

MAX_STEPS = 1_000_000
"""Nodes that one rendering may pass."""

SIZE_OF_STEP = 64
"""Characters or items that a helper reads or makes in the time of a node."""

MAX_DEPTH = 64
"""Lists and maps within each other that `render_value` follows."""

KNOWN = 10
"""Names that are told where none is like the one that is not there."""

_MISSING = object()


class TemplateService:
    """Render templates. Every error is a `ValidationError` with line and column."""

    __slots__ = ("_max_output", "_max_steps")

    def __init__(self, *, max_output: int = MAX_OUTPUT, max_steps: int = MAX_STEPS) -> None:
        self._max_output = max_output
        self._max_steps = max_steps

    def render(
        self, template: str, values: Mapping[str, object], *, strict: bool = False, escape_html: bool = False
    ) -> str:
        """Give the text; a name that is missing is an error when `strict`, else it prints nothing.

        In conditions, `default`, `and`, `or`, `not` and `lookup` a name may always be missing. Raises
        `ResourceExhaustedError` for a template that prints or loops without end.
        """
        rendering = self._rendering(template, values, strict=strict, escape=escape_html)
        rendering.run(parse(template), _Frame(values, None, {}, {}))
        return "".join(rendering.out)

    def render_value(self, value: object, values: Mapping[str, object], *, strict: bool = False) -> object:
        """Render every text within lists and maps; a text that is one tag and nothing else keeps the value's type."""
        return self._render_value(value, values, strict=strict, depth=0)

    def _render_value(self, value: object, values: Mapping[str, object], *, strict: bool, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise ValidationError(f"more than {MAX_DEPTH} lists and maps within each other")
        if isinstance(value, str):
            nodes = parse(value) if "{{" in value else ()
            if len(nodes) == 1 and isinstance(nodes[0], Output):
                rendering = self._rendering(value, values, strict=strict, escape=False)
                return rendering.evaluate(nodes[0].expression, _Frame(values, None, {}, {}))
            return self.render(value, values, strict=strict) if nodes else value
        if isinstance(value, Mapping):
            return {k: self._render_value(v, values, strict=strict, depth=depth + 1) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._render_value(one, values, strict=strict, depth=depth + 1) for one in value]
        return value

    def _rendering(self, source: str, values: Mapping[str, object], *, strict: bool, escape: bool) -> _Rendering:
        return _Rendering(source, values, strict=strict, escape=escape, steps=self._max_steps, room=self._max_output)

    def check(self, template: str) -> None:
        """Raise `ValidationError` when a text is not a template."""
        parse(template)


class _Frame:
    """What names mean at one place: the current value, `@` data, names of blocks, and the frame outside."""

    __slots__ = ("data", "names", "outer", "value")

    def __init__(
        self, value: object, outer: _Frame | None, data: Mapping[str, object], names: Mapping[str, object]
    ) -> None:
        self.value = value
        self.outer = outer
        self.data = data
        self.names = names


class _Rendering:
    """One run over a parsed template."""

    __slots__ = ("escape", "out", "room", "root", "source", "steps", "strict")

    def __init__(
        self, source: str, root: Mapping[str, object], *, strict: bool, escape: bool, steps: int, room: int
    ) -> None:
        self.source = source
        self.root = root
        self.strict = strict
        self.escape = escape
        self.out: list[str] = []
        self.room = room
        self.steps = steps

    def run(self, nodes: tuple[Node, ...], frame: _Frame) -> None:
        """Print nodes in a frame."""
        for node in nodes:
            self._count(1)
            if isinstance(node, Text):
                self._print(node.text)
            elif isinstance(node, Output):
                text = self._text(node.expression, frame)
                self._print(escape_html(text) if self.escape and not node.raw else text)
            else:
                self._block(node, frame)

    def evaluate(self, expression: Expression, frame: _Frame, *, lenient: bool = False) -> object:
        """Give an expression's value; a missing name is None unless strictness makes it an error."""
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Path):
            value = self._resolve(expression, frame)
            if value is not _MISSING:
                return value
            if self.strict and not lenient:
                raise self._missing(expression, frame)
            return None
        return self._call(expression, frame)

    def _count(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise ResourceExhaustedError("the template takes more steps than it may")

    def _print(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise ResourceExhaustedError("the template prints more characters than it may")
        self.out.append(text)

    def _text(self, expression: Expression, frame: _Frame) -> str:
        value = self.evaluate(expression, frame)
        try:
            return text_of(value)
        except RecursionError as error:
            raise fault(self.source, _at(expression), "the value is nested too deeply to be printed") from error
        except ValidationError as error:
            raise fault(self.source, _at(expression), error.message) from error

    def _call(self, call: Call, frame: _Frame) -> object:
        helper = HELPERS[call.name]
        values = [self.evaluate(one, frame, lenient=helper.lenient) for one in call.arguments]
        try:
            result = helper.function(*values)
        except ValidationError as error:
            raise fault(self.source, call.at, error.message) from error
        self._count(sum(map(_work, (*values, result))))
        return result

    def _block(self, block: Block, frame: _Frame) -> None:
        condition = block.kind in {"if", "unless"}
        subject = self.evaluate(block.subject, frame, lenient=condition)
        if condition:
            self.run(block.body if truthy(subject) is (block.kind == "if") else block.inverse, frame)
        elif block.kind == "each":
            self._each(block, subject, frame)
        elif truthy(subject):
            self.run(block.body, _Frame(subject, frame, frame.data, dict(zip(block.names, (subject,), strict=False))))
        else:
            self.run(block.inverse, frame)

    def _each(self, block: Block, subject: object, frame: _Frame) -> None:
        if isinstance(subject, Mapping):
            items: list[tuple[object, object]] = list(subject.items())
        elif isinstance(subject, (list, tuple)):
            items = list(enumerate(subject))
        elif subject is None or not self.strict:
            items = []
        else:
            raise fault(self.source, block.at, f"#each needs a list or a map, not {text_of(subject)[:40]!r}")
        if not items:
            self.run(block.inverse, frame)
        for index, (key, value) in enumerate(items):
            self._count(1)  # a body may be empty
            data = {
                **frame.data, "index": index, "key": key, "first": index == 0, "last": index == len(items) - 1
            }  # fmt: skip
            self.run(block.body, _Frame(value, frame, data, dict(zip(block.names, (value, key), strict=False))))

    def _resolve(self, path: Path, frame: _Frame) -> object:
        """Find what a path names, or `_MISSING`."""
        for _ in range(path.up):
            if frame.outer is None:
                return _MISSING
            frame = frame.outer
        parts = path.parts
        if path.data:
            value: object = self.root if parts[0] == "root" else frame.data.get(parts[0], _MISSING)
            parts = parts[1:]
        else:
            named = _MISSING if path.scoped else _named(frame, parts[0])
            value, parts = (frame.value, parts) if named is _MISSING else (named, parts[1:])
        for part in parts:
            value = member(value, part, _MISSING)
            if value is _MISSING:
                break
        return value

    def _missing(self, path: Path, frame: _Frame) -> ValidationError:
        here = frame.value if isinstance(frame.value, Mapping) else self.root
        names = [name for name in here if isinstance(name, str)] + list(frame.names)
        near = near_words(path.parts[0] if path.parts else "", names, n=3)
        # The first part may be right and a later one wrong: then the names within it help.
        if path.parts and path.parts[0] in near:
            value: object = here
            for part in path.parts:
                inner = member(value, part, _MISSING)
                if inner is _MISSING:
                    names = [name for name in value if isinstance(name, str)] if isinstance(value, Mapping) else []
                    near = near_words(part, names, n=3)
                    break
                value = inner
        known = ", ".join(sorted(set(names))[:KNOWN]) or "nothing"
        hints = [f"Did you mean {name!r}?" for name in near] or [f"known: {known}"]
        return fault(self.source, path.at, f"{path.source!r} is not there", hints)


def _work(value: object) -> int:
    """Give the steps that a value costs a helper: one for every so many characters or items."""
    return len(value) // SIZE_OF_STEP if isinstance(value, (str, list, tuple, Mapping)) else 0


def _named(frame: _Frame, name: str) -> object:
    """Find a block's name from the inside out."""
    here: _Frame | None = frame
    while here is not None:
        if name in here.names:
            return here.names[name]
        here = here.outer
    return _MISSING


def _at(expression: Expression) -> int:
    return 0 if isinstance(expression, Literal) else expression.at
