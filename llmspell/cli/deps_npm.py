"""Take packages from npm and make one file of each: in a temporary folder, by npm as its user has configured it.

No script of a package runs: npm installs with `--ignore-scripts`, and esbuild only reads. The lock of npm
(`package-lock.json`, version 3) and the metafile of esbuild tell what is in a bundle.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.bridge.bundles import is_name
from llmspell.bridge.node_modules import instead, is_nodes
from llmspell.errors import ResourceUnavailableError, ScriptSecurityError, UsageError
from llmspell.services.process_child import run_child

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ESBUILD = "0.28.2"
BUNDLER = f"esbuild {ESBUILD}"
MAX_BUNDLE = 5 << 20
_SECONDS = 300.0
_OUTPUT = 1 << 20
_RANGE = re.compile(r"[\w.^~<>=*+-]+")
_ADDRESS = re.compile(r"\S+://\S+")
_OPTIONS = (
    "--bundle", "--format=cjs", "--platform=node", "--target=es2022", "--minify", "--charset=utf8",
    "--legal-comments=eof", "--log-level=error", '--define:process.env.NODE_ENV="production"',
)  # fmt: skip


class Wanted(NamedTuple):
    """What was asked for: the module `name` of a package, in a version that `range` allows, empty for the newest."""

    name: str
    package: str
    range: str

    @property
    def spec(self) -> str:
        """Give the words for npm."""
        return f"{self.package}@{self.range}" if self.range else self.package


class Made(NamedTuple):
    """A bundle, and the folders of the packages in it, as npm's lock names them."""

    wanted: Wanted
    data: bytes
    folders: tuple[str, ...]


def wanted(text: str) -> Wanted:
    """Read `lodash`, `dayjs@1.11`, `dayjs/plugin/utc@1.11` or `@scope/name`; raises `UsageError`."""
    at = text.find("@", 1)
    name, version = (text, "") if at < 0 else (text[:at], text[at + 1 :])
    if not is_name(name) or (at >= 0 and _RANGE.fullmatch(version) is None):
        message = f"{text!r} is not the name of an npm package"
        raise UsageError(message, suggestions=["write name, name@version or name/part: lodash, dayjs@1.11"])
    parts = name.split("/")
    return Wanted(name, "/".join(parts[: 2 if name.startswith("@") else 1]), version)


class Npm:
    """npm and esbuild in a folder of their own. Raises `ResourceUnavailableError` when there is no Node."""

    def __init__(self, folder: Path, has_tool: Callable[[str], bool]) -> None:
        self._folder = folder
        self._has_tool = has_tool
        self._programs = {name: _program(name) for name in ("node", "npm")}

    async def install(self, specs: Sequence[str]) -> None:
        """Install packages and the bundler; raises `ResourceUnavailableError` with what npm says."""
        await self._install(self._folder / "packages", specs)
        await self._install(self._folder / "bundler", [f"esbuild@{ESBUILD}"])

    def lock(self) -> dict[str, dict[str, Any]]:
        """Give the packages of npm's lock by their folder."""
        text = (self._folder / "packages" / "package-lock.json").read_text(encoding="utf-8")
        found: dict[str, dict[str, Any]] = json.loads(text)["packages"]
        return found

    def license(self, folder: str, entry: dict[str, Any]) -> str:
        """Give the licence of a package: from the lock, else from its own description."""
        told = entry.get("license")
        if not told:
            about = json.loads((self._folder / "packages" / folder / "package.json").read_text(encoding="utf-8"))
            told = about.get("license") or about.get("licenses")
        if isinstance(told, list):
            told = " OR ".join(str(one.get("type", one) if isinstance(one, dict) else one) for one in told)
        return str(told.get("type", "unknown") if isinstance(told, dict) else told or "unknown")

    async def bundle(self, one: Wanted) -> Made:
        """Make one file of a module; raises `ScriptSecurityError` when it needs what only Node has."""
        place = self._folder / "packages"
        (place / "entry.js").write_text(f"module.exports = require({json.dumps(one.name)});\n", encoding="utf-8")
        esbuild = str(self._folder / "bundler" / "node_modules" / "esbuild" / "bin" / "esbuild")
        words = [self._programs["node"], esbuild, "entry.js", *_OPTIONS, "--metafile=meta.json", "--outfile=out.js"]
        await self._run(words, place, f"esbuild cannot bundle {one.name}")
        meta = json.loads((place / "meta.json").read_text(encoding="utf-8"))
        (output,) = (about for path, about in meta["outputs"].items() if path.endswith("out.js"))
        self._refuse_nodes(one.name, {about["path"] for about in output["imports"] if about.get("external")})
        data = (place / "out.js").read_bytes()
        if len(data) > MAX_BUNDLE:
            raise UsageError(f"the bundle of {one.name} has {len(data)} bytes; a module may have {MAX_BUNDLE}")
        folders = {_folder_of(path) for path in meta["inputs"] if "node_modules/" in path}
        return Made(one, data, tuple(sorted(folders)))

    def _refuse_nodes(self, name: str, outside: set[str]) -> None:
        needed = sorted({one.removeprefix("node:") for one in outside if is_nodes(one)})
        if not needed:
            return
        own = instead(name, self._has_tool)
        advice = [own] if own else [instead(one, self._has_tool) for one in needed]
        raise ScriptSecurityError(
            f"{name} cannot run in a spell: it needs {', '.join(needed)} of Node",
            suggestions=list(dict.fromkeys(one for one in advice if one))[:2],
            context={"module": name, "needs": needed},
        )

    async def _install(self, place: Path, specs: Sequence[str]) -> None:
        _make_project(place)
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--package-lock=true", "--loglevel=error"]
        words = [self._programs["npm"], "install", *flags, "--", *specs]
        await self._run(words, place, f"npm cannot install {', '.join(specs)}")

    @staticmethod
    async def _run(words: Sequence[str], place: Path, what: str) -> None:
        done = await run_child(words, input=b"", cwd=str(place), env=os.environ, timeout=_SECONDS, limit=_OUTPUT)
        if done.status != 0:
            said = (done.stderr or done.stdout).decode("utf-8", "replace")
            raise ResourceUnavailableError(f"{what}: {_summary(said)}", context={"status": done.status})


def _make_project(place: Path) -> None:
    place.mkdir()
    (place / "package.json").write_text('{"name": "spell", "version": "0.0.0", "private": true}\n', encoding="utf-8")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        message = f"there is no program {name!r} on this machine"
        remedy = "install Node.js with npm; `llmspell deps add` needs it, and a spell that runs does not"
        raise ResourceUnavailableError(message, suggestions=[remedy], context={"command": name})
    return found


def _folder_of(path: str) -> str:
    """Give the folder of the package that a file belongs to: `node_modules/a/node_modules/@b/c`."""
    head, _, rest = path.rpartition("node_modules/")
    parts = rest.split("/")
    return f"{head}node_modules/{'/'.join(parts[: 2 if rest.startswith('@') else 1])}"


def _summary(said: str) -> str:
    """Give the first lines that say something; addresses may hold names and keys of their users."""
    lines = [_ADDRESS.sub("(address)", line).removeprefix("npm error").strip() for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(("npm warn", "A complete log"))]
    return "; ".join(told[:3])[:500] or "it says nothing"
