"""One layer of rules: which rights there are, how a rule is read, what a layer lets through and how it says no."""

# ruff: noqa: PTH118 - paths are compared as text

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from llmspell.errors import ConfigError, PermissionDeniedError
from llmspell.model.near import near_words
from llmspell.services.permission_commands import CommandPattern
from llmspell.services.permission_patterns import EVERYTHING, HOSTS, PATHS, HostPattern, NamePattern, PathPattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.services.permission_holding import Holding
    from llmspell.services.permission_patterns import Pattern

RIGHTS: Final[dict[str, str]] = {
    "fs.read": "read files",
    "fs.write": "write files",
    "net.connect": "connect to hosts",
    "net.listen": "accept connections",
    "process.exec": "run programs",
    "env.read": "read environment variables",
    "db.connect": "open databases",
    "mail.send": "send mail",
    "secret.use": "use secrets",
    "agent.spawn": "start agents",
    "state.read": "read state",
    "state.write": "write state",
}
FLAGS: Final[dict[str, str]] = {
    "fs.read": "read",
    "fs.write": "write",
    "net.connect": "net",
    "process.exec": "run",
    "env.read": "env",
}
"""The rights with a flag of their own; every other one is granted with `--allow=RIGHT=TARGET`."""

UNASKED = ("agent.spawn=*", "state.read=*", "state.write=*")
"""Granted without asking: agents hold at most the run's rights, and state holds what spells of this user put there."""

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


def layer_of(rules: Iterable[str], cwd: str, why: str) -> Layer:
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


def may_yet(layer: Layer, right: str) -> bool:
    """Tell whether a right that no rule names can hold all the same: it was granted by an answer, or may be."""
    holding = layer.holding
    return holding is not None and (holding.questions is not None or bool(holding.targets(right)))


def _named(pattern: Pattern) -> str:
    """Give the part of a rule that must be without wildcards for the rule to name its target."""
    return pattern.named if isinstance(pattern, CommandPattern) else pattern.text


def flag(right: str, target: str, *, cwd: str = "") -> str:
    """Give the command line flag that grants a right for one target; paths below `cwd` are shown relative to it."""
    import shlex  # noqa: PLC0415 - only for the message

    shown = target
    if right in PATHS and cwd and target != EVERYTHING:
        whole = os.path.normpath(os.path.join(cwd, target))
        shown = os.path.relpath(whole, cwd) if whole == cwd or whole.startswith(cwd.rstrip(os.sep) + os.sep) else whole
    name = FLAGS.get(right)
    return f"--allow-{name}={shlex.quote(shown)}" if name else f"--allow={right}={shlex.quote(shown)}"


def denied(layer: Layer, right: str, target: str, who: str) -> PermissionDeniedError:
    """Say what a layer does not let through, and which flag would grant it if one would."""
    grant = flag(right, target, cwd=layer.cwd)
    shown = grant.partition("=")[2] if right in PATHS else target
    rule = layer.denial(right, target) if right in layer.allow or right in layer.deny else None
    subject = f"{who} may not" if who else "not allowed to"
    message = f"{subject} {RIGHTS[right]}: {right} is not granted for {shown}"
    if rule is not None:
        suggestion = f"The rule {rule} denies it, and deny beats allow: remove that rule if this was not meant."
    elif layer.why:
        suggestion = f"No flag grants it here: {layer.why}."
    else:
        suggestion = f"Run again with {grant}"
    context = {"right": right, "target": target, "who": who, "flag": None if rule or layer.why else grant}
    return PermissionDeniedError(message, suggestions=(suggestion,), context=context)
