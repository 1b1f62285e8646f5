"""Rights: who may read, write, connect, run. Default nothing, deny beats allow, a narrower never gives back.

`Grants` are a stack of layers, and a target is allowed when every layer allows it. The first layer is what the user
granted; `narrow`, `only` and `intersect` put further ones on top, so nothing that is built from grants can hold more
than they did.
"""

# ruff: noqa: PTH100 - paths are compared as text

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, PermissionDeniedError
from llmspell.services.permission_layers import Layer, read_layer
from llmspell.services.permission_patterns import EVERYTHING, PathPattern
from llmspell.services.permission_rights import RIGHTS, UNASKED, check_right, flag, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from llmspell.services.permission_holding import Holding


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
        return cls([read_layer(rules, os.path.abspath(cwd or "."), why)])

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
            made.append(read_layer(rules, str(one.get("cwd") or os.sep), str(one.get("why") or "")))
        return cls(made)

    def extended(self, rules: Iterable[str], *, cwd: Path | str | None = None) -> Grants:
        """Add the user's rules to the user's grants; raises `ConfigError` for grants that somebody narrowed."""
        if not self.whole:
            raise ConfigError("rights that were narrowed cannot be extended")
        first = self._layers[0]
        start = os.path.abspath(cwd) if cwd is not None else first.cwd
        return Grants([read_layer((*first.rules, *rules), start, first.why)])

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
        named = set(read_layer(wanted, start, why).allow)
        rest = [f"{right}={EVERYTHING}" for right in RIGHTS if right not in named]
        return Grants((*self._layers, read_layer([*wanted, *rest], start, why)))

    def require_within(self, rules: Iterable[str], *, cwd: Path | str | None = None, who: str) -> None:
        """Raise `PermissionDeniedError` unless every rule names what is granted; `ConfigError` for what is no rule."""
        start = os.path.abspath(cwd) if cwd is not None else self._layers[0].cwd
        for rule in read_layer(rules, start, "").rules:
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
            layer = read_layer(rules, self._layers[0].cwd, "the component does not declare this right in its `needs`")
            found = self._only[key] = Grants((*self._layers, layer))
        return found

    # -- asking --------------------------------------------------------------------------------------------------------

    def allows(self, right: str, target: str = EVERYTHING) -> bool:
        """Tell whether `right` holds for this path, host, command or name; `*` asks for all of them."""
        check_right(right)
        return all(layer.allows(right, target) for layer in self._layers)

    def denies(self, right: str, target: str) -> bool:
        """Tell whether a rule denies this target, whatever allows it; for a second look at a resolved address."""
        check_right(right)
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
        check_right(right)
        for layer in self._layers:
            denied = any(one.text == EVERYTHING for one in layer.deny.get(right, ()))
            if denied or (right not in layer.allow and not _may_yet(layer, right)):
                return False
        return True

    def require(self, right: str, target: str, *, who: str = "") -> None:
        """Raise `PermissionDeniedError` naming the flag that would grant the right."""
        check_right(right)
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


def _may_yet(layer: Layer, right: str) -> bool:
    """Tell whether a right that no rule names can hold all the same: it was granted by an answer, or may be."""
    holding = layer.holding
    return holding is not None and (holding.questions is not None or bool(holding.targets(right)))


def _denied(layer: Layer, right: str, target: str, who: str) -> PermissionDeniedError:
    grant = flag(right, target, cwd=layer.cwd)
    rule = layer.denial(right, target) if right in layer.allow or right in layer.deny else None
    subject = f"{who} may not" if who else "not allowed to"
    message = f"{subject} {RIGHTS[right]}: {right} is not granted for {shown(right, target, cwd=layer.cwd)}"
    if rule is not None:
        suggestion = f"The rule {rule} denies it, and deny beats allow: remove that rule if this was not meant."
    elif layer.why:
        suggestion = f"No flag grants it here: {layer.why}."
    else:
        suggestion = f"Run again with {grant}"
    context = {"right": right, "target": target, "who": who, "flag": None if rule or layer.why else grant}
    return PermissionDeniedError(message, suggestions=(suggestion,), context=context)
