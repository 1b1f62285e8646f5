"""One set of rules: read from texts, and asked about targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ConfigError
from llmspell.model.near import near_words
from llmspell.services.permission_commands import CommandPattern
from llmspell.services.permission_patterns import EVERYTHING, HOSTS, PATHS, HostPattern, NamePattern, PathPattern
from llmspell.services.permission_rights import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.services.permission_holding import Holding
    from llmspell.services.permission_patterns import Pattern

_SPECIAL = frozenset({"mail.send", "db.connect"})
_COMMANDS = "process.exec"
_READ_FIRST = HOSTS | _SPECIAL | {_COMMANDS}
"""Rights whose patterns take a target apart: what cannot be read is covered by none, not even by `*`."""


class Layer:
    """One set of rules; `why` tells who set it, for messages ("" = the user).

    `holding` is what the run holds beyond the user's rules; None in all other layers, and where there is no run. `free`
    are rights that hold for whatever target: most layers say something of one right, and nothing of the others.
    """

    __slots__ = ("allow", "cwd", "deny", "free", "holding", "rules", "why")

    def __init__(self, rules: Iterable[str], *, cwd: str, why: str = "") -> None:
        self.cwd = cwd
        self.why = why
        self.holding: Holding | None = None
        allow: dict[str, list[Pattern]] = {}
        deny: dict[str, list[Pattern]] = {}
        for rule in rules:
            right, pattern = _parse(rule.removeprefix("!"), cwd)
            (deny if rule.startswith("!") else allow).setdefault(right, []).append(pattern)
        self.allow = {right: tuple(patterns) for right, patterns in allow.items()}
        self.deny = {right: tuple(patterns) for right, patterns in deny.items()}
        self.free = frozenset(
            right
            for right in self.allow.keys() - self.deny.keys() - _READ_FIRST
            if any(one.text == EVERYTHING for one in self.allow[right])
        )
        self.rules = tuple(
            f"{sign}{right}={pattern.text}"
            for sign, side in (("", self.allow), ("!", self.deny))
            for right, patterns in side.items()
            for pattern in patterns
        )

    def denial(self, right: str, target: str) -> str | None:
        """Give the rule that denies a target, if there is one."""
        return next((f"!{right}={one.text}" for one in self.deny.get(right, ()) if one.touches(target)), None)

    def allows(self, right: str, target: str) -> bool:
        """Tell whether this layer lets a target through."""
        if right in self.free:
            return True
        for one in self.allow.get(right, ()):  # a loop: `any` makes a generator, which takes longer than the answer
            if one.covers(target):
                break
        else:
            if self.holding is None or not self.holding.holds(right, target):
                return False
        return right not in self.deny or self.denial(right, target) is None

    def names(self, right: str, target: str) -> bool:
        """Tell whether a rule without a wildcard covers a target."""
        if any(EVERYTHING not in _named(one) and one.covers(target) for one in self.allow.get(right, ())):
            return True
        return self.holding is not None and self.holding.holds(right, target)

    def held_by(self, holding: Holding) -> Layer:
        """Give the same rules in a run, or in a call of it."""
        copy = object.__new__(Layer)
        copy.allow, copy.deny, copy.rules = self.allow, self.deny, self.rules
        copy.cwd, copy.why, copy.free, copy.holding = self.cwd, self.why, self.free, holding
        return copy


def read_layer(rules: Iterable[str], cwd: str, why: str) -> Layer:
    """Make a layer, or say what is wrong with each of its rules."""
    wanted = list(rules)
    try:
        return Layer(wanted, cwd=cwd, why=why)
    except ConfigError as first:
        faults: list[tuple[str, str]] = []
        suggestions: list[str] = []
        for rule in wanted:
            try:
                _parse(rule.removeprefix("!"), cwd)
            except ConfigError as error:
                faults.append((rule, error.message))
                suggestions += error.suggestions
        text = "; ".join(message for _, message in faults)
        raise ConfigError(text, faults=faults, suggestions=suggestions) from first


def _parse(rule: str, cwd: str) -> tuple[str, Pattern]:
    right, equals, text = rule.partition("=")
    right = right.strip()
    if right not in RIGHTS:
        near = near_words(right, RIGHTS, n=2, cutoff=0.5)
        raise ConfigError(
            f"there is no right {right!r}",
            suggestions=[f"Use {name}." for name in near] or [f"The rights are {', '.join(RIGHTS)}."],
        )
    text = text.strip() if equals else EVERYTHING
    if not text:
        raise ConfigError(
            f"{right} names no target", suggestions=(f"Write `{right}=TARGET`, or `{right}` for every one.",)
        )
    if right in PATHS:
        return right, PathPattern(text, cwd)
    if right == _COMMANDS:
        return right, CommandPattern(text)
    if right in HOSTS:
        return right, HostPattern(text)
    if right in _SPECIAL:
        from llmspell.services.permission_names import DatabasePattern, MailPattern  # noqa: PLC0415 - rare rules

        return right, MailPattern(text) if right == "mail.send" else DatabasePattern(text, cwd)
    return right, NamePattern(text)


def _named(pattern: Pattern) -> str:
    """Give the part of a rule that must be without wildcards for the rule to name its target."""
    return pattern.named if isinstance(pattern, CommandPattern) else pattern.text
