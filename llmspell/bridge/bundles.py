"""Modules of npm that lie beside a spell: one file each, and a lock that says which and with what content.

The lock, `llmspell.deps.json`, is
    {"version": 1, "bundler": "esbuild 0.28.2", "modules": {"lodash": {"package", "version", "license", "integrity",
     "file", "sha256", "size", "contains": [{"name", "version", "license", "integrity"}, ...]}}}
`integrity` is the hash of the package as npm's lock has it, `sha256` the one of the bundle in hexadecimal, `size` its
bytes; `contains` lists every package in the bundle. It holds no address. What the lock does not allow is not loaded.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

from llmspell.errors import ConfigError, ScriptSecurityError

LOCK = "llmspell.deps.json"
FOLDER = "llmspell_modules"
VERSION = 1
_NAME = re.compile(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?[a-zA-Z0-9~][\w.~-]*(?:/[\w~-][\w.~-]*)*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Package(NamedTuple):
    """One package of npm, as its lock has it."""

    name: str
    version: str
    license: str
    integrity: str


class Bundle(NamedTuple):
    """One module that a spell may load; see the lock's format above."""

    name: str
    package: str
    version: str
    license: str
    integrity: str
    file: str
    sha256: str
    size: int
    contains: tuple[Package, ...]

    def check(self, data: bytes) -> None:
        """Raise `ScriptSecurityError` when this is not the content that was allowed."""
        if sha256(data).hexdigest() != self.sha256:
            message = f"{self.file} is not what {LOCK} allows: it was changed after it was added"
            raise ScriptSecurityError(
                message,
                suggestions=[f"run `llmspell deps add {self.name}@{self.version}` again if you trust it"],
                context={"module": self.name},
            )

    def to_dict(self) -> dict[str, object]:
        """Give the entry of the lock."""
        fields = self._asdict()
        del fields["name"]
        return {**fields, "contains": [one._asdict() for one in self.contains]}


def file_of(name: str) -> str:
    """Give the place of a module's bundle below the spell's folder."""
    return f"{FOLDER}/{name}.js"


def is_name(name: str) -> bool:
    """Tell whether this can be the name of an npm package, or of a module in one."""
    return _NAME.fullmatch(name) is not None and ".." not in name


def read_lock(text: str) -> dict[str, Bundle]:
    """Read a lock; raises `ConfigError` saying what is wrong with it."""
    try:
        given = json.loads(text)
        if given["version"] != VERSION:
            raise _invalid(f"it has version {given['version']!r}, and this llmspell reads {VERSION}")
        return {name: _bundle(name, about) for name, about in given["modules"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _invalid(f"{type(error).__name__}: {error}") from error


def write_lock(modules: dict[str, Bundle], bundler: str) -> str:
    """Give the text of a lock."""
    listed = {name: modules[name].to_dict() for name in sorted(modules)}
    return json.dumps({"version": VERSION, "bundler": bundler, "modules": listed}, indent=2, ensure_ascii=False) + "\n"


def _bundle(name: str, about: dict[str, Any]) -> Bundle:
    contains = tuple(Package(*(str(one[field]) for field in Package._fields)) for one in about["contains"])
    texts = {field: str(about[field]) for field in ("package", "version", "license", "integrity", "file", "sha256")}
    if not is_name(name) or texts["file"] != file_of(name):
        raise _invalid(f"the module {name!r} does not lie in {FOLDER}/")
    if _DIGEST.fullmatch(texts["sha256"]) is None:
        raise _invalid(f"the sha256 of {name!r} is not one")
    return Bundle(name, size=int(about["size"]), contains=contains, **texts)


def _invalid(why: str) -> ConfigError:
    remedies = ["restore it from version control", "remove it and run `llmspell deps add` again"]
    return ConfigError(f"{LOCK} is not valid: {why}", suggestions=remedies)
