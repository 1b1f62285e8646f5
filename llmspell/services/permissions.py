"""Rights: who may read, write, connect, run. Default nothing, deny beats allow, a narrower never gives back.

`Grants` are a stack of layers, and a target is allowed when every layer allows it. The first layer is what the user
granted; `narrow`,
`only` and `intersect` put further ones on top, so nothing that is built from grants can hold more than they did.
"""

# ruff: noqa: PTH100, PTH118 - paths are compared as text

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from llmspell.errors import ConfigError, PermissionDeniedError
from llmspell.model.near import near_words
from llmspell.services.permission_commands import CommandPattern
from llmspell.services.permission_patterns import EVERYTHING, HOSTS, PATHS, HostPattern, NamePattern, PathPattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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


class Grants:
    """Hold the rights of a scope; immutable. Made by `parse`, `default`, `everything` and from other grants."""

    __slots__ = ("_layers", "_only")

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._layers = tuple(layers)
        self._only: dict[frozenset[str], Grants] = {}

    # -- making --------------------------------------------------------------------------------------------------------

    @classmethod
    def parse(cls, rules: Iterable[str], *, cwd: Path | str | None = None, why: str = "") -> Grants:
        """Read rules: `fs.read=./data`, `net.connect=*.example.com:443`, `!fs.read=./data/secret`.

        A right alone means every target. Relative paths start at `cwd`. Raises `ConfigError` with every fault.
        """
        return cls([_layer(rules, os.path.abspath(cwd or "."), why)])

    @classmethod
    def nothing(cls) -> Grants:
        """Give no right at all."""
        return cls.parse(())

    @classmethod
    def default(cls, *, cwd: Path | str | None = None) -> Grants:
        """Give what needs no asking."""
        return cls.parse(UNASKED, cwd=cwd)

    @classmethod
    def everything(cls, *, cwd: Path | str | None = None) -> Grants:
        """Give every right for every target (`--allow-all`)."""
        return cls.parse((f"{right}={EVERYTHING}" for right in RIGHTS), cwd=cwd)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Grants:
        """Read what `to_dict` wrote; raises `ConfigError` when it is something else."""
        layers = data.get("layers")
        if not isinstance(layers, list) or not layers:
            raise ConfigError("grants need a list of layers")
        made = []
        for one in layers:
            rules = one.get("rules") if isinstance(one, dict) else None
            if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
                raise ConfigError("a layer of grants needs a list of rules")
            made.append(_layer(rules, str(one.get("cwd") or os.sep), str(one.get("why") or "")))
        return cls(made)

    def extended(self, rules: Iterable[str], *, cwd: Path | str | None = None) -> Grants:
        """Add the user's rules to the user's grants; raises `ConfigError` for grants that somebody narrowed."""
        if not self.whole:
            raise ConfigError("rights that were narrowed cannot be extended")
        first = self._layers[0]
        start = os.path.abspath(cwd) if cwd is not None else first.cwd
        return Grants([_layer((*first.rules, *rules), start, first.why)])

    def intersect(self, other: Grants) -> Grants:
        """Give what both allow: the rights of a callee on behalf of a caller."""
        mine = {(layer.rules, layer.cwd) for layer in self._layers}
        new = [layer for layer in other._layers if (layer.rules, layer.cwd) not in mine]
        return Grants((*self._layers, *new)) if new else self

    def narrow(
        self, rules: Iterable[str], *, cwd: Path | str | None = None, why: str = "the spell narrowed its rights"
    ) -> Grants:
        """Keep, of each right the rules name, only their targets; rights they do not name stay. Never widens."""
        wanted = list(rules)
        start = os.path.abspath(cwd) if cwd is not None else self._layers[0].cwd
        named = set(_layer(wanted, start, why).allow)
        rest = [f"{right}={EVERYTHING}" for right in RIGHTS if right not in named]
        return Grants((*self._layers, _layer([*wanted, *rest], start, why)))

    def require_within(self, rules: Iterable[str], *, cwd: Path | str | None = None, who: str) -> None:
        """Raise `PermissionDeniedError` unless every rule names what is granted; `ConfigError` for what is no rule."""
        start = os.path.abspath(cwd) if cwd is not None else self._layers[0].cwd
        for rule in _layer(rules, start, "").rules:
            if not self.holds(rule):
                message = f"{who} may narrow its rights, not widen them: {rule} is not granted"
                raise PermissionDeniedError(message, suggestions=[f"Run again with --allow={rule}"])

    @property
    def whole(self) -> bool:
        """Tell whether these are the user's grants, which nobody narrowed."""
        return len(self._layers) == 1

    def rules(self) -> tuple[str, ...]:
        """Give the user's rules in their normal form."""
        return self._layers[0].rules

    def holds(self, rule: str) -> bool:
        """Tell whether all is granted that a rule in its normal form names."""
        right, _, target = rule.partition("=")
        return all(rule in layer.rules or layer.allows(right, target) for layer in self._layers)

    def held_by(self, holding: Holding) -> Grants:
        """Give the same rights in a run: with what is answered in it, and with its labels."""
        return Grants((self._layers[0].held_by(holding), *self._layers[1:]))

    @property
    def holding(self) -> Holding | None:
        """Give what the run, or the call, holds beyond the user's rules."""
        return self._layers[0].holding

    def only(self, rights: Iterable[str]) -> Grants:
        """Keep these rights and no other; a component holds at most those it declares."""
        key = frozenset(rights)
        found = self._only.get(key)
        if found is None:
            rules = [f"{right}={EVERYTHING}" for right in sorted(key)]
            layer = _layer(rules, self._layers[0].cwd, "the component does not declare this right in its `needs`")
            found = self._only[key] = Grants((*self._layers, layer))
        return found

    # -- asking --------------------------------------------------------------------------------------------------------

    def allows(self, right: str, target: str = EVERYTHING) -> bool:
        """Tell whether `right` holds for this path, host, command or name; `*` asks for all of them."""
        _check(right)
        return all(layer.allows(right, target) for layer in self._layers)

    def denies(self, right: str, target: str) -> bool:
        """Tell whether a rule denies this target, whatever allows it; for a second look at a resolved address."""
        _check(right)
        return any(layer.denial(right, target) is not None for layer in self._layers)

    def denies_below(self, right: str, path: str) -> bool:
        """Tell whether a rule on paths may deny something below a folder: for those who read all of it."""
        denied = [one for layer in self._layers for one in layer.deny.get(right, ()) if isinstance(one, PathPattern)]
        below = path.rstrip(os.sep) + os.sep
        return any(
            (one.root + os.sep).startswith(below) or (one.magic and below.startswith(one.root)) for one in denied
        )

    def names(self, right: str, target: str) -> bool:
        """Tell whether `right` holds for `target` by a rule of the user that says it without a wildcard."""
        users = [layer for index, layer in enumerate(self._layers) if index == 0 or not layer.why]
        return self.allows(right, target) and all(layer.names(right, target) for layer in users)

    def may(self, right: str) -> bool:
        """Tell whether `right` can hold for some target; False is certain, True still needs `allows`."""
        _check(right)
        for layer in self._layers:
            denied = any(one.text == EVERYTHING for one in layer.deny.get(right, ()))
            if denied or (right not in layer.allow and not _may_yet(layer, right)):
                return False
        return True

    def require(self, right: str, target: str, *, who: str = "") -> None:
        """Raise `PermissionDeniedError` naming the flag that would grant the right."""
        _check(right)
        for layer in reversed(self._layers):  # who narrowed says why; only then would a flag help
            if not layer.allows(right, target):
                raise _denied(layer, right, target, who)
        holding = self._layers[0].holding
        if holding is not None and holding.notices is not None:
            holding.notices.saw(holding, right, target)

    async def required(self, right: str, target: str, *, who: str = "") -> None:
        """Require a right as `require` does, after asking the user where somebody can be asked."""
        try:
            self.require(right, target, who=who)
        except PermissionDeniedError as error:
            if not await self.asked(error):
                raise
            self.require(right, target, who=who)

    async def asked(self, error: PermissionDeniedError) -> bool:
        """Ask the user for a right that was missing, and tell whether it was granted.

        Nobody is asked for what a rule denies, or what the spell or a component gave up: no answer could help.
        """
        holding = self._layers[0].holding
        right, target = error.context.get("right"), error.context.get("target")
        if holding is None or holding.questions is None or not error.context.get("flag"):
            return False
        if not isinstance(right, str) or not isinstance(target, str) or target == EVERYTHING:
            return False
        from llmspell.services.permission_holding import Question  # noqa: PLC0415 - which is here when one can be asked

        question = Question(right, target, str(error.context.get("who") or ""))
        return await holding.questions.answer(question, holding) != "no"

    def roots(self, right: str) -> tuple[str, ...]:
        """Give the files and folders that the user's rules name for a right on paths; links above them are trusted."""
        first = self._layers[0]
        named = tuple(one.root for one in first.allow.get(right, ()) if isinstance(one, PathPattern))
        return named if first.holding is None else (*named, *sorted(first.holding.targets(right)))

    # -- showing -------------------------------------------------------------------------------------------------------

    def describe(self) -> dict[str, list[str]]:
        """Give what the layers say of each right, for audit and `doctor`; `not X` is denied, `& X` a further layer."""
        told: dict[str, list[str]] = {}
        for right in RIGHTS:
            if not self.may(right):
                continue
            lines: list[str] = []
            for index, layer in enumerate(self._layers):
                allowed = [one.text for one in layer.allow.get(right, ())]
                allowed += [] if layer.holding is None else sorted(layer.holding.targets(right))
                denied = [f"not {one.text}" for one in layer.deny.get(right, ())]
                if index == 0 or denied or EVERYTHING not in allowed:
                    lines += [f"& {text}" if index else text for text in (*allowed, *denied)]
            told[right] = lines
        return told

    def to_dict(self) -> dict[str, object]:
        """Give the grants as JSON data that `from_dict` reads back."""
        return {"layers": [{"rules": list(one.rules), "cwd": one.cwd, "why": one.why} for one in self._layers]}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grants) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(tuple(layer.rules for layer in self._layers))

    def __repr__(self) -> str:
        return f"<grants {' & '.join(' '.join(layer.rules) or 'nothing' for layer in self._layers)}>"


def _layer(rules: Iterable[str], cwd: str, why: str) -> Layer:
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


def _may_yet(layer: Layer, right: str) -> bool:
    """Tell whether a right that no rule names can hold all the same: it was granted by an answer, or may be."""
    holding = layer.holding
    return holding is not None and (holding.questions is not None or bool(holding.targets(right)))


def _named(pattern: Pattern) -> str:
    """Give the part of a rule that must be without wildcards for the rule to name its target."""
    return pattern.named if isinstance(pattern, CommandPattern) else pattern.text


def _check(right: str) -> None:
    if right not in RIGHTS:
        raise ConfigError(f"there is no right {right!r}", suggestions=(f"The rights are {', '.join(RIGHTS)}.",))


def flag(right: str, target: str, *, cwd: str = "") -> str:
    """Give the command line flag that grants a right for one target; paths below `cwd` are shown relative to it."""
    import shlex  # noqa: PLC0415 - only for the message

    shown = target
    if right in PATHS and cwd and target != EVERYTHING:
        whole = os.path.normpath(os.path.join(cwd, target))
        shown = os.path.relpath(whole, cwd) if whole == cwd or whole.startswith(cwd.rstrip(os.sep) + os.sep) else whole
    name = FLAGS.get(right)
    return f"--allow-{name}={shlex.quote(shown)}" if name else f"--allow={right}={shlex.quote(shown)}"


def _denied(layer: Layer, right: str, target: str, who: str) -> PermissionDeniedError:
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
