"""Module: what `require` and `import` fetch."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from llmspell.bridge.definition import Namespace, function
from llmspell.errors import ResourceUnavailableError, ScriptSecurityError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.bridge.session import SpellSession
    from llmspell.spec import FileSystem

SUFFIXES = {
    "lua": (".lua", "/init.lua"),
    "javascript": (".js", ".mjs", ".cjs", ".ts", "/index.js"),
    "python": (".py", "/__init__.py"),
}
MAX_SOURCE = 5 << 20


class Module(Namespace):
    """Files of the spell itself. Scripts use `require("name")`; engines send this."""

    name = "Module"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.heard: Callable[[Path], object] = lambda _: None
        """Told of every file that is looked for, also in vain."""

    @function(hidden=True)
    async def load(self, name: str) -> dict[str, object]:
        """Read the source of a module below the spell's folder and return `{name, source}`.

        Raises `ScriptSecurityError` for a name that leads out of the folder, `ResourceUnavailableError` when there is
        no such file.
        """
        root = self.session.run.root
        if root is None:
            message = f"the spell has no folder to load {name!r} from"
            raise ResourceUnavailableError(message, suggestions=["run the spell from a file"])
        stem = self._stem(name)
        fs = self._files(root)
        suffixes = self._suffixes()
        for suffix in suffixes:
            path = stem if stem.endswith(suffix) else stem + suffix
            self.heard(root / path)
            if await fs.exists(path):
                source = await fs.read(path, limit=MAX_SOURCE)
                return {"name": path, "source": source.decode("utf-8")}
        message = f"there is no module {name!r} below the spell's folder"
        raise ResourceUnavailableError(message, suggestions=[f"create {stem}{suffixes[0]}"])

    def _suffixes(self) -> tuple[str, ...]:
        """Give the endings of modules: those above, or of any other engine the endings of its spells."""
        language = self.session.language
        if language in SUFFIXES:
            return SUFFIXES[language]
        return cast("tuple[str, ...]", self.session.app.catalog.get("engine", language).extra["extensions"])

    def _files(self, root: Path) -> FileSystem:
        """Give the spell's folder to read from, whatever else the spell may read; links out of it are refused there."""
        from llmspell.services.permissions import Grants  # noqa: PLC0415 - only spells with modules need it

        return self.session.app.services.files.port(Grants.parse([f"fs.read={root}"], cwd=root), root, "require")

    def _stem(self, name: str) -> str:
        """Turn `a.b` (Lua, Python) or `./a/b` (JavaScript) into a relative path."""
        text = name if self.session.language == "javascript" or "/" in name else name.replace(".", "/")
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text or not path.parts:
            message = f"module {name!r} leads out of the spell's folder"
            raise ScriptSecurityError(message, suggestions=["name modules relative to the spell's folder"])
        return str(path)
