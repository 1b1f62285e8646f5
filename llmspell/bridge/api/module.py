"""Module: what `require` and `import` fetch."""

from __future__ import annotations

from typing import cast

from llmspell.bridge.definition import Namespace, function
from llmspell.bridge.sources import Sources, below
from llmspell.bridge.trusted import is_trusted, keep_module
from llmspell.errors import ResourceUnavailableError, ToolNotFoundError

SUFFIXES = {
    "lua": (".lua", "/init.lua", ".json"),
    "javascript": (
        *(".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"),
        *("/index.js", "/index.mjs", "/index.cjs", "/index.ts"),
    ),
    "python": (".py", "/__init__.py", ".json"),
}
"""What follows the name of a module in the name of its file, by language, in the order in which it is looked for."""

DATA = ".json"

TYPED = {".js": ".ts", ".mjs": ".mts", ".cjs": ".cts"}
"""TypeScript names the file it is compiled to: `./a.js` may be `a.ts`."""


class Module(Namespace):
    """Files of the spell itself, and its npm bundles. Scripts use `require("name")`; engines send this."""

    name = "Module"

    @function(hidden=True)
    async def load(self, name: str) -> dict[str, object]:
        """Read the source of a module below the spell's folder and return `{name, source}`.

        `./a/b` is a path from that folder; a name without dot is one, too, and in JavaScript first that of a bundle.
        Raises `ScriptSecurityError` for a name that leads out of the folder and a bundle that was changed,
        `ResourceUnavailableError` when there is no such file.
        """
        candidates = []
        sources = Sources(self.session.run, name)
        if self._is_bare(name):
            self._refuse_nodes(name)
            bundle = (await sources.bundles()).get(name)
            candidates = [] if bundle is None else [bundle.file]
        candidates = candidates or self._candidates(name)
        for one in candidates:
            self.session.on_file(one)
        self._keep(name, candidates)
        path = await sources.find(candidates)
        if path is None:
            raise self._missing(name, candidates[0])
        return {"name": path, "source": await sources.read(path)}

    def _keep(self, name: str, candidates: list[str]) -> None:
        """Keep tools from the files that trusted code is imported from, those that are not there yet among them."""
        engine = self.session.app.catalog.get("engine", self.session.language)
        if is_trusted(engine):
            files = [one for one in candidates if not one.endswith(DATA)]
            keep_module(self.session.app, name, [root / one for root in self.session.run.roots for one in files])

    def _suffixes(self) -> tuple[str, ...]:
        """Give the endings of modules: those above, or of any other engine the endings of its spells."""
        language = self.session.language
        if language in SUFFIXES:
            return SUFFIXES[language]
        return cast("tuple[str, ...]", self.session.app.catalog.get("engine", language).extra["extensions"])

    def _is_bare(self, name: str) -> bool:
        return self.session.language == "javascript" and not name.startswith(("./", "../", "/"))

    def _refuse_nodes(self, name: str) -> None:
        from llmspell.bridge.node_modules import instead, is_nodes  # noqa: PLC0415 - only JavaScript needs it

        if is_nodes(name):
            message = f"there is no module {name!r} here: it needs Node"
            raise ResourceUnavailableError(message, suggestions=[instead(name, self._has_tool) or ""])

    def _missing(self, name: str, first: str) -> ResourceUnavailableError:
        message = f"there is no module {name!r} below the spell's folder"
        suggestions = [f"create {first}"]
        if self._is_bare(name):
            from llmspell.bridge.bundles import FOLDER, is_name  # noqa: PLC0415 - only what is named like a package
            from llmspell.bridge.node_modules import instead  # noqa: PLC0415

            known = instead(name, self._has_tool)
            advice = f"run `llmspell deps add {name}` to take it from npm" if is_name(name) else None
            own = [] if first.startswith(f"{FOLDER}/") else suggestions
            suggestions = [one for one in (known or advice, *own) if one]
        return ResourceUnavailableError(message, suggestions=suggestions)

    def _has_tool(self, name: str) -> bool:
        try:
            self.session.app.catalog.get("tool", name, owner=self.session.run.id)
        except ToolNotFoundError:
            return False
        return True

    def _candidates(self, name: str) -> list[str]:
        """Give the files that a name may mean, the first choice first; raises `ScriptSecurityError` outside."""
        suffixes = self._suffixes()
        own = next((one for one in suffixes if not one.startswith("/") and name.endswith(one)), None)
        if self.session.language == "javascript" or "/" in name:
            stem = below(name)
            found = [] if own is None else [stem]
            if own in TYPED and self.session.language == "javascript":
                found.append(stem.removesuffix(own) + TYPED[own])
            return [*found, *(stem + one for one in suffixes)]
        stem = below(name.replace(".", "/"))
        return [*(stem + one for one in suffixes), *([] if own is None else [below(name)])]
