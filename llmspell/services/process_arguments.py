"""Judge what a program is to be given, by its grammar: what the grammar does not know is refused.

Arguments are read as the C library's `getopt_long` reads them, but for abbreviations, which are refused. They are then
put in an order that no program reads differently: options, the mark that ends them, values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import define, field

from llmspell.errors import PermissionDeniedError
from llmspell.services.process_grammar import KINDS, PATHS, Grammar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.services.process_grammar import Takes

_SHOWN = 60


class Judged(NamedTuple):
    """What is run and what it needs.

    argv    all arguments, in the order in which the program gets them, without its name
    words   name, sub-command, options one by one, values: what patterns of rights are compared with
    paths   files and folders to be read: `(path, whether it must be there)`
    way     the grammars that were followed, the program's own first
    """

    argv: tuple[str, ...]
    words: tuple[str, ...]
    paths: tuple[tuple[str, bool], ...]
    way: tuple[Grammar, ...]


def judge(grammar: Grammar, argv: Sequence[str]) -> Judged:
    """Judge the arguments after the program's name; what the grammar does not know is a `PermissionDeniedError`."""
    reading = _Reading(grammar)
    rest = list(argv)
    while True:
        rest = reading.options(rest)
        if not reading.here.commands:
            break
        rest = reading.command(rest)
    reading.values(rest)
    return reading.judged()


@define
class _Reading:
    """Read one command line; `here` is the grammar of the sub-command that was reached."""

    here: Grammar
    way: list[Grammar] = field(factory=list)
    before: list[str] = field(factory=list)
    words: list[str] = field(factory=list)
    given: list[str] = field(factory=list)
    named: list[str] = field(factory=list)
    others: list[str] = field(factory=list)
    later: list[str] | None = None
    paths: list[tuple[str, bool]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.words += [self.here.name.split(" ")[-1]]
        self.way.append(self.here)
        self.before += self.here.always

    def options(self, rest: list[str]) -> list[str]:
        """Take options and values as far as they go; where a sub-command is due, up to the first other argument."""
        while rest:
            one = rest.pop(0)
            if one == "--":
                self.later = rest
                return []
            if one.startswith("--"):
                self._long(one, rest)
            elif one.startswith("-") and len(one) > 1:
                self._short(one, rest)
            elif self.here.commands:
                return [one, *rest]
            else:
                self.others.append(one)
        return rest

    def command(self, rest: list[str]) -> list[str]:
        """Step into the sub-command that comes first."""
        known = self.here.commands
        if not rest or rest[0] not in known:
            what = f"the command {_short(rest[0])}" if rest else "no command"
            raise self._refused(what, rest[0] if rest else "", list(known))
        self.before += [*self.given, rest[0]]
        self.given = []
        self.here = known[rest[0]]
        self.way.append(self.here)
        self.words.append(rest[0])
        self.before += self.here.always
        return rest[1:]

    def _long(self, one: str, rest: list[str]) -> None:
        name, equals, value = one.partition("=")
        takes = self._known(name)
        if equals and not takes.value:
            raise self._refused(f"a value of {name}", name, [])
        if not equals and takes.value and takes.needed:
            self._take(name, name, takes, rest)
            return
        shown = f"{name}={self._checked(name, takes, value)}" if equals else name
        self._add(name, shown)

    def _short(self, one: str, rest: list[str]) -> None:
        if one in self.here.options and len(one) > 2:  # noqa: PLR2004 - `-name`, as find and openssl have them
            takes = self._known(one)
            if takes.value and takes.needed:
                self._take(one, one, takes, rest)
            else:
                self._add(one, one)
            return
        if one[1:].isdigit() and "-#" in self.here.options:  # `head -5`
            self._add("-#", one)
            return
        for place, letter in enumerate(one[1:], 2):
            name = f"-{letter}"
            takes = self._known(name)
            if not takes.value:
                self._add(name, name)
            elif one[place:]:
                self._add(name, f"{name}{self._checked(name, takes, one[place:])}")
                return
            elif takes.needed:
                self._take(name, name, takes, rest)
            else:
                self._add(name, name)

    def _take(self, name: str, shown: str, takes: Takes, rest: list[str]) -> None:
        """Take the value of an option from the argument after it."""
        if not rest:
            raise self._refused(f"{name} without a value", name, [])
        value = self._checked(name, takes, rest.pop(0))
        joined = f"{shown}={value}" if shown.startswith("--") else None
        if joined is not None:
            self._add(name, joined)
        else:
            self._add(name, shown)
            self.given.append(value)
            self.words.append(value)

    def _add(self, name: str, shown: str) -> None:
        self.named.append(name)
        self.given.append(shown)
        self.words.append(shown)

    def _known(self, name: str) -> Takes:
        takes = self.here.options.get(name)
        if takes is None:
            raise self._refused(f"the option {_short(name)}", name, list(self.here.options))
        return takes

    def _checked(self, name: str, takes: Takes, value: str) -> str:
        if takes.choices:
            if value not in takes.choices:
                raise self._refused(f"{name} with {_short(value)}", value, list(takes.choices))
            return value
        return self._fit(takes.kind, value, f"{name} with {_short(value)}")

    def _fit(self, kind: str, value: str, what: str) -> str:
        """Check a value against its kind and note the paths; give it as the program gets it."""
        if not KINDS[kind].fullmatch(value):
            raise self._refused(f"{what}, which is no {kind}", "", [])
        if kind in PATHS and value != "-":
            value = f"./{value}" if value.startswith("-") else value
            self.paths.append((value, kind == "path"))
        return value

    def values(self, rest: list[str]) -> None:
        """Check what is no option, once all options are known."""
        self.others += rest
        kinds = next((self.here.instead[name] for name in self.named if name in self.here.instead), self.here.values)
        if self.here.after is not None:
            self.others = self._of(kinds, self.others)
            self.later = None if self.later is None else self._of(self.here.after, self.later)
        else:
            self.others = self._of(kinds, [*self.others, *(self.later or ())])
            self.later = None

    def _of(self, kinds: Sequence[str], values: Sequence[str]) -> list[str]:
        made = []
        for number, value in enumerate(values):
            last = kinds[-1] if kinds and kinds[-1].endswith("*") else ""
            kind = kinds[number] if number < len(kinds) else last
            if not kind:
                raise self._refused(f"the argument {_short(value)}", "", [])
            if not self.here.end and value.startswith("-") and value != "-" and kind.removesuffix("*") not in PATHS:
                raise self._refused(f"the argument {_short(value)}, which looks like an option", "", [])
            made.append(self._fit(kind.removesuffix("*"), value, f"the argument {_short(value)}"))
        return made

    def judged(self) -> Judged:
        """Give what was read."""
        mark = [self.here.end] if self.here.end and self.others else []
        tail = [] if self.later is None else ["--", *self.later]
        argv = (*self.before, *self.given, *mark, *self.others, *tail)
        words = (*self.words, *self.others, *(self.later or ()))
        return Judged(argv, words, tuple(self.paths), tuple(self.way))

    def _refused(self, what: str, given: str, known: list[str]) -> PermissionDeniedError:
        import difflib  # noqa: PLC0415 - only for the message

        name = " ".join(one.name.split(" ")[-1] for one in self.way)
        near = difflib.get_close_matches(given, known, n=2, cutoff=0.5) if given else []
        advice = [f"Use {' or '.join(near)}."] if near else []
        if not near and known and len(known) <= 24:  # noqa: PLR2004 - what fits a line or two
            advice = [f"It knows {', '.join(known)}."]
        advice.append(f"Or give {self.way[0].name} another grammar in [processes] grammars.")
        return PermissionDeniedError(
            f"{name} may not be given {what}: its grammar does not have that",
            suggestions=advice,
            context={"right": "process.exec", "target": name, "argument": given},
        )


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
