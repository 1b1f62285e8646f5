"""The one grammar in which `[plugins]`, `-p no:` and LLMSPELL_DISABLE name plugins: `NAME[==VERSION][@sha256:HEX]`.

`NAME` is a plugin or a distribution, in any spelling of PEP 503; `VERSION` is compared as text; the digest is that of
`kernel/installed.py`, over the files that are really there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from llmspell.kernel.discovery import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

GRAMMAR = "NAME, NAME==VERSION, NAME@sha256:HEX or NAME==VERSION@sha256:HEX"
_RULE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[\w.!+-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


class PluginRule(NamedTuple):
    """Name a plugin or a distribution, in one version or any, with these files or any."""

    name: str
    version: str = ""
    digest: str = ""

    @classmethod
    def read(cls, text: str) -> PluginRule:
        """Read one entry; raises `ValueError` that says what an entry looks like."""
        found = _RULE.fullmatch(text)
        if found is None:
            message = f"{text!r} names no plugin: write {GRAMMAR}"
            raise ValueError(message)
        return cls(normalise(found["name"]), found["version"] or "", found["digest"] or "")

    def names(self, plugin: str, dist: str) -> bool:
        """Tell whether the plugin or its distribution is meant, in whatever version."""
        return self.name in (normalise(plugin), dist)

    def fits(self, plugin: str, dist: str, version: str) -> bool:
        """Tell whether this version of it is meant."""
        return self.names(plugin, dist) and self.version in ("", version)


def read_rules(texts: Iterable[str]) -> list[PluginRule]:
    """Read entries; raises `ValueError` with every fault."""
    found, faults = [], []
    for text in texts:
        try:
            found.append(PluginRule.read(text))
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise ValueError("; ".join(faults))
    return found
