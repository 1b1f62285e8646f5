"""The uniform description of a component: what a catalogue needs to know without importing it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RISKS = ("read", "write", "outward", "execute")
"""What the use of a component can come to at worst, rising: reads, changes what is kept, sends out, runs programs."""

LABELS = ("private", "untrusted")
"""What can be said of the data that a component gives: they must not leave unseen, they come from outside."""

_RISKY = (
    ("execute", frozenset({"process.exec"}), "process"),
    ("outward", frozenset({"net.connect", "net.listen", "mail.send", "db.connect"}), "net"),
    ("write", frozenset({"fs.write", "state.write"}), "files"),
)
_OUTSIDE = frozenset({"net.connect", "net.listen", "db.connect", "process.exec"})

EFFECTS = ("pure", "idempotent", "once")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


class Component:
    """Describe one component; immutable by convention, compared by identity.

    kind          singular kind name: tool, provider, engine, storage, executor, command, config_section
    name          snake_case, unique within its kind unless qualified as `plugin:name`
    target        `package.module:attribute`, imported on first use
    summary       one sentence, shown to users and to models
    needs         rights of DESIGN section 11 that the component may ask for (`fs.read`, `net.connect`, ...)
    effect        pure (may be repeated and cached), idempotent (may be repeated), once (never repeated by the kernel)
    native        kinds of direct access of a driver (`files`, `net`, `process`, `keys`), empty for everything else
    cost          rough price of one call as a word: free, cheap, paid; `duration` likewise: instant, short, long
    extra         what only this kind has (an engine's file extensions, a command's arguments)
    plugin, dist  filled in by the catalogue: who provides it
    """

    __slots__ = (
        "aliases",
        "capabilities",
        "category",
        "cost",
        "dist",
        "duration",
        "effect",
        "extra",
        "kind",
        "name",
        "native",
        "needs",
        "plugin",
        "provides",
        "requires",
        "summary",
        "target",
        "version",
    )

    def __init__(
        self,
        kind: str,
        name: str,
        target: str,
        summary: str,
        *,
        version: str = "1.0.0",
        aliases: Iterable[str] = (),
        category: str = "general",
        capabilities: Iterable[str] = (),
        provides: Iterable[str] = (),
        requires: Iterable[str] = (),
        needs: Iterable[str] = (),
        effect: str = "once",
        native: Iterable[str] = (),
        cost: str = "free",
        duration: str = "short",
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.target = target
        self.summary = summary
        self.version = version
        self.aliases = tuple(aliases)
        self.category = category
        self.capabilities = frozenset(capabilities)
        self.provides = frozenset(provides)
        self.requires = frozenset(requires)
        self.needs = frozenset(needs)
        self.effect = effect
        self.native = frozenset(native)
        self.cost = cost
        self.duration = duration
        self.extra: Mapping[str, object] = dict(extra or {})
        self.plugin = ""
        self.dist = ""
        self.check()

    def check(self) -> None:
        """Raise `PluginError` for a name, a target or an effect that is none."""
        for name in (self.name, *self.aliases):
            if not _NAME.match(name):
                message = f"{self.kind} name {name!r} is not snake_case of at most 64 characters"
                raise PluginError(message)
        if not _TARGET.match(self.target):
            message = f"target {self.target!r} of {self.kind} {self.name!r} is not 'package.module:attribute'"
            raise PluginError(message)
        if self.extra.get("risk") not in (None, *RISKS):
            message = f"risk {self.extra['risk']!r} of {self.kind} {self.name!r} is none of {', '.join(RISKS)}"
            raise PluginError(message)
        if self.effect not in EFFECTS:
            message = f"effect {self.effect!r} of {self.kind} {self.name!r} is none of {', '.join(EFFECTS)}"
            raise PluginError(message)

    @property
    def rights(self) -> frozenset[str]:
        """Give every right the component may use: `needs`, and what `extra["optional_needs"]` names."""
        optional = self.extra.get("optional_needs", ())
        return self.needs.union(optional) if isinstance(optional, (tuple, frozenset)) else self.needs

    @property
    def risk(self) -> str:
        """Give the risk class: what its rights and its driver come to, or what `extra["risk"]` says if that is more."""
        found = next((risk for risk, rights, native in _RISKY if rights & self.rights or native in self.native), "read")
        said = str(self.extra.get("risk") or found)
        return max(found, said, key=RISKS.index)

    @property
    def labels(self) -> frozenset[str]:
        """Give the labels of what it gives: those it declares, and `untrusted` for what brings text in from outside."""
        declared = {label for label in LABELS if self.extra.get(label)}
        return frozenset(declared | {"untrusted"} if self.rights & _OUTSIDE else declared)

    @property
    def qualified(self) -> str:
        """Give the name that is unique whatever else is installed."""
        return f"{self.plugin}:{self.name}"

    def to_dict(self) -> dict[str, object]:
        """Give the description as JSON data; of a tool with its risk class."""
        data: dict[str, object] = {"risk": self.risk} if self.kind == "tool" else {}
        for slot in self.__slots__:
            value = getattr(self, slot)
            if isinstance(value, (frozenset, tuple)):
                value = sorted(value)
            data[slot] = value
        return data

    def __repr__(self) -> str:
        return f"<{self.kind} {self.qualified} -> {self.target}>"
