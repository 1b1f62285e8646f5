"""What could be typed next, from the descriptors of verbs: the one core behind the scripts of all shells.

Answers only from data; where the values of an argument depend on what is installed, it asks `values(kind)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli.verbs import below, pick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

    Offers = Iterable[tuple[str, str]]
    Values = Callable[[str], Offers]

FILES = ("file", "folder")
"""Kinds of values that the shell knows best itself."""


class Answer(NamedTuple):
    """What may follow: whole words with what they mean, and `file` or `folder` where the shell adds paths."""

    offers: tuple[tuple[str, str], ...] = ()
    paths: str = ""


NOTHING = Answer()


class Place:
    """Where the cursor is: within which verb, after which words of it."""

    def __init__(self, commands: Iterable[Component], takes: Callable[[Component], Sequence[Argument]]) -> None:
        self.verbs = tuple(commands)
        self.command: Component | None = None
        self.waiting: Argument | None = None
        self.seen: list[str] = []
        self.lost = False
        self.literal = False
        self._takes = takes

    @property
    def arguments(self) -> Sequence[Argument]:
        """List the arguments of the verb that was typed."""
        return () if self.command is None or self.verbs else self._takes(self.command)

    def pass_by(self, word: str) -> None:
        """Take in one whole word before the cursor."""
        if self.waiting is not None:
            self.waiting = None
        elif word == "--" and not self.literal:
            self.literal = True
        elif self.is_flag(word):
            flag = self.flag(word.partition("=")[0])
            self.waiting = flag if flag is not None and flag.kind != "flag" and "=" not in word else None
        elif self.verbs:
            self.command = pick(word, self.verbs)
            self.lost = self.lost or self.command is None
            self.verbs = tuple(below(self.command)) if self.command else ()
        else:
            self.seen.append(word)

    def is_flag(self, word: str) -> bool:
        """Tell whether a word is a flag here; a lone dash is standard input."""
        return not self.literal and word.startswith("-") and word != "-"

    def flag(self, name: str) -> Argument | None:
        """Give the argument of a flag."""
        return next((one for one in self.arguments if name in one.flags), None)

    @property
    def positional(self) -> Argument | None:
        """Give the argument that the next plain word belongs to."""
        positions = [one for one in self.arguments if not one.flags]
        if len(self.seen) < len(positions):
            return positions[len(self.seen)]
        return positions[-1] if positions and positions[-1].kind == "rest" else None


def complete(
    words: Sequence[str],
    commands: Iterable[Component],
    values: Values,
    takes: Callable[[Component], Sequence[Argument]],
) -> Answer:
    """Say what the last of `words` could become; it may be empty. `takes` lists the arguments of a verb."""
    *done, current = words or ("",)
    top = tuple(commands)
    place = Place(top, takes)
    for word in done:
        place.pass_by(word)
    if place.lost:
        return NOTHING
    if place.waiting is not None:
        return _value(place.waiting, current, "", values)
    if place.is_flag(current):
        return _flag(place, current, values)
    if place.verbs:
        return Answer(tuple(_fitting(((one.name, one.summary) for one in place.verbs), current)))
    argument = place.positional
    if argument is not None and argument.completes == "verb":
        return complete([*place.seen, current], top, values, _no_arguments)
    return NOTHING if argument is None else _value(argument, current, "", values)


def _flag(place: Place, current: str, values: Values) -> Answer:
    """Complete the name of a flag, or its value behind `=`."""
    name, equals, given = current.partition("=")
    if not equals:
        return Answer(tuple(_fitting(_flags(place), current)))
    flag = place.flag(name)
    return NOTHING if flag is None or flag.kind == "flag" else _value(flag, given, f"{name}=", values)


def _no_arguments(_command: Component) -> Sequence[Argument]:
    return ()


def _flags(place: Place) -> Iterator[tuple[str, str]]:
    if place.command is None:
        yield from (("--help", "tell what there is"), ("--version", "print the version"))
        return
    for argument in place.arguments:
        long = [flag for flag in argument.flags if flag.startswith("--")] or list(argument.flags)
        yield from ((flag, argument.help) for flag in long)
    yield "--help", "tell what this verb does"


def _value(argument: Argument, given: str, before: str, values: Values) -> Answer:
    """Offer the values of an argument; those of a flag written `--flag=` stand behind it."""
    if argument.completes in FILES:
        return Answer((), argument.completes)
    offers: Offers = ((choice, "") for choice in argument.choices)
    paths = ""
    if not argument.choices and argument.completes:
        offers = values(argument.completes)
        paths = "file" if argument.completes == "plugin" and argument.flags else ""  # `-p` takes files, too
    return Answer(tuple((before + value, text) for value, text in _fitting(offers, given)), paths)


def _fitting(offers: Offers, start: str) -> Iterator[tuple[str, str]]:
    return ((value, text) for value, text in offers if value.startswith(start))
