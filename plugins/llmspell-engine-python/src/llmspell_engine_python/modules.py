"""What `import` gives inside a spell: the API as `llmspell`, the spell's own files, and whatever Python has.

A script's own modules come from the kernel, which reads them below the spell's folder. `import` cannot wait, so every
module that an import statement names is fetched before the script begins; it runs when it is imported.
"""

from __future__ import annotations

import builtins
import json
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.errors import LlmspellError
from llmspell_engine_python.source import Program, Wanted, compile_source, forget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

    from llmspell_engine_python.bridge import Bridge
    from llmspell_engine_python.place import Place

API = ("llmspell", "rs_llmspell")
PACKAGE = "/__init__.py"


class ApiModule(ModuleType):
    """The API as a module. Names it has no value for are asked of `find`, which raises `AttributeError`."""

    def __init__(self, name: str, values: Mapping[str, Any], find: Callable[[str], Any]) -> None:
        super().__init__(name, "The script API of llmspell.")
        self.__dict__.update(values)
        self.__dict__["_find"] = find
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._find(name)


class JsonModule(ModuleType):
    """A JSON file: keys that are names are attributes, `module[key]` gives any, `module.__json__` the whole value."""

    def __init__(self, name: str, path: str, value: Any) -> None:
        super().__init__(name)
        named = value if isinstance(value, dict) else {}
        self.__dict__.update({key: one for key, one in named.items() if key.isidentifier() and key[:2] != "__"})
        self.__dict__.update(__json__=value, __file__=path)

    def __getitem__(self, key: Any) -> Any:
        return self.__dict__["__json__"][key]


class Modules:
    """The modules of one spell. `loaded` holds them by name: `sys.modules` in a process of its own."""

    def __init__(self, bridge: Bridge) -> None:
        self.builtins: dict[str, Any] = {**vars(builtins), "__import__": self.import_}
        self.loaded: MutableMapping[str, Any] = {}
        self._bridge = bridge
        self._namespaces: dict[str, Any] = {}
        self._programs: dict[str, Program | SyntaxError | JsonModule] = {}
        self._paths: dict[str, str] = {}
        self._packages: set[str] = set()
        self._absent: set[str] = set()
        self._api: dict[str, ModuleType] = {}

    def offer(self, values: Mapping[str, Any], namespaces: Mapping[str, Any], find: Callable[[str], Any]) -> None:
        """Make the API known: `values` by their names, `namespaces` as submodules by theirs."""
        self._namespaces = dict(namespaces)

        def named(name: str) -> Any:
            space = self._submodule(f"llmspell.{name}")
            return find(name) if space is None else space

        self._api = {name: ApiModule(name, values, named) for name in API}
        self.builtins.update(values)

    def forget(self) -> None:
        """Drop everything."""
        for path in self._paths.values():
            forget(path)
        self.loaded = {}
        self._programs.clear()
        self._api.clear()
        self._namespaces.clear()
        self.builtins = {}

    # -- before the script runs ----------------------------------------------------------------------------------------

    async def prepare(self, imports: Sequence[Wanted], package: str = "") -> None:
        """Fetch the modules of the spell that these statements name, and those that they name."""
        for wanted in imports:
            base = resolve(wanted.module, package, wanted.level)
            if base == "":  # `from . import words` in the folder of the spell
                for name in wanted.names:
                    await self._fetch(name, wanted.where)
                continue
            if base is None or base.partition(".")[0] in API or base.partition(".")[0] in sys.stdlib_module_names:
                continue
            found = False
            parts = base.split(".")
            for count in range(1, len(parts) + 1):
                found = await self._fetch(".".join(parts[:count]), wanted.where) or (found and count < len(parts))
            if base in self._packages or not found:
                for name in wanted.names:
                    await self._fetch(f"{base}.{name}", wanted.where)

    async def _fetch(self, name: str, where: Place) -> bool:
        if name in self._programs:
            return True
        top, _, rest = name.partition(".")
        in_installed = bool(rest) and top in self._absent and _installed(top)
        if name in self._absent or in_installed or not all(part.isidentifier() for part in name.split(".")):
            return False
        try:
            reply = await self._bridge.send("Module.load", (name,), {}, where)
        except LlmspellError as error:
            if error.type != "resource_unavailable":
                raise
            self._absent.add(name)
            return False
        path = str(reply["name"])
        self._paths[name] = path
        self._bridge.files.add(path)
        if path.endswith(PACKAGE):
            self._packages.add(name)
        if path.endswith(".json"):
            self._programs[name] = _json_module(name, path, str(reply["source"]))
            return True
        package = name if name in self._packages else name.rpartition(".")[0]
        try:
            program = compile_source(str(reply["source"]), path, main=False)
        except SyntaxError as error:
            self._programs[name] = error
            return True
        self._programs[name] = program
        self._bridge.name_tools(program.names)
        await self.prepare(program.imports, package)
        return True

    # -- while it runs -------------------------------------------------------------------------------------------------

    def import_(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - Python's own signature
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """Do what an import statement in the spell asks for."""
        package = str((globals or {}).get("__package__") or "")
        full = resolve(name, package, level)
        top = (full or "").partition(".")[0]
        if full == "":
            return SimpleNamespace(**{one: self._load(one) for one in fromlist or () if one in self._programs})
        if full is not None and top in API:
            return self._import_api(full, fromlist)
        if full is None or not any(one == top or one.startswith(f"{top}.") for one in self._programs):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = self._load(full)
        if not fromlist:
            return self.loaded[top] if level == 0 else module
        for one in fromlist:
            if one != "*" and not hasattr(module, one) and f"{full}.{one}" in self._programs:
                self._load(f"{full}.{one}")
        return module

    def _import_api(self, full: str, fromlist: Sequence[str] | None) -> ModuleType:
        top, _, rest = full.partition(".")
        if not rest:
            return self._api[top]
        found = self._submodule(full)
        if found is None:
            raise ModuleNotFoundError(
                f"there is no {full!r} in the API; there are {', '.join(sorted(self._namespaces))}", name=full
            )
        return found if fromlist else self._api[top]

    def _submodule(self, full: str) -> ModuleType | None:
        space = self._namespaces.get(full.partition(".")[2].replace("_", ""))
        if space is None:
            return None

        def find(name: str) -> Any:
            return space if name == repr(space).strip("<>").rpartition(" ")[2] else getattr(space, name)

        return ApiModule(full, {}, find)

    def _load(self, name: str) -> Any:
        if name in self.loaded:
            return self.loaded[name]
        parent, _, tail = name.rpartition(".")
        owner = self._load(parent) if parent else None
        if name in self.loaded:
            return self.loaded[name]
        program = self._programs.get(name)
        if isinstance(program, SyntaxError):
            raise program
        module = program if isinstance(program, JsonModule) else self._empty(name)
        self.loaded[name] = module
        if owner is not None:
            setattr(owner, tail, module)  # early: `from package import module` in a circle looks there
        try:
            if program is not None and program is not module:
                exec(program.code, module.__dict__)  # noqa: S102 - a module of the spell, behind the spell's walls
        except BaseException:
            self.loaded.pop(name, None)
            if owner is not None:
                vars(owner).pop(tail, None)
            raise
        return module

    def _empty(self, name: str) -> ModuleType:
        program = self._programs.get(name)
        if program is None and not any(one.startswith(f"{name}.") for one in self._programs):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return self._new(name, is_package=name in self._packages or program is None)

    def _new(self, name: str, *, is_package: bool) -> ModuleType:
        module = ModuleType(name)
        path = self._paths.get(name)
        module.__spec__ = ModuleSpec(name, None, origin=path, is_package=is_package)
        module.__package__ = name if is_package else name.rpartition(".")[0]
        if is_package:
            module.__path__ = []
        if path is not None:
            module.__file__ = path
        module.__dict__["__builtins__"] = self.builtins
        return module


def _json_module(name: str, path: str, source: str) -> JsonModule | SyntaxError:
    try:
        return JsonModule(name, path, json.loads(source.removeprefix("\ufeff")))
    except json.JSONDecodeError as error:
        return SyntaxError(f"no JSON: {error.msg}", (path, error.lineno, error.colno, None))
    except RecursionError:
        return SyntaxError("no JSON: nested too deep", (path, 1, 1, None))


def resolve(name: str, package: str, level: int) -> str | None:
    """Give the full name of a module; None for a relative one that leads out of its package."""
    if level == 0:
        return name
    parts = package.split(".") if package else []
    if level > len(parts) + 1:  # one more than packages: the folder of the spell
        return None
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{name}" if name and base else base or name


def _installed(top: str) -> bool:
    """Tell whether Python itself finds a module of this name."""
    from importlib.util import find_spec  # noqa: PLC0415 - only imports of what is no file of the spell

    try:
        return find_spec(top) is not None
    except (ImportError, ValueError):
        return False
