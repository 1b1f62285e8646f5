"""Make text of a spell into text that V8 can run: modules, types and the context of calls.

The work is done by JavaScript (acorn, sucrase and `transform.js`) in an isolate of its own, where no script of a user
runs. It is opened when a text needs it.
"""

from __future__ import annotations

import json
import re

from llmspell_engine_javascript.isolate import EvaluationError, Isolate

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any

_MIB = 1024 * 1024
_MEMORY = 256 * _MIB
# Text without these words is what V8 takes: nothing waits, nothing is imported, and there is no `#!` line.
_NEEDED = re.compile(r"^#!|\b(?:async|await|import|export|require|Promise)\b")
_MODULE = re.compile(r"\b(?:import|export)\b")
_TYPESCRIPT = (".ts", ".mts", ".cts")
_KINDS = {".mjs": "module", ".mts": "module", ".cjs": "commonjs", ".cts": "commonjs"}


class Prepared:
    """Text that is ready to be wrapped into a function.

    header    what precedes the first line, on that line
    module    it has imports or exports: strict, and never run by `require`
    waits     it awaits at its top level
    requires  names of the modules it requires by a literal name
    fault     `{message, line}` when it is no program; nothing else is set then
    untouched the text is the source as it was, and nobody has parsed it yet
    plain_fault   our parser refuses JavaScript without modules, whose syntax V8 may know better
    """

    __slots__ = ("code", "fault", "header", "module", "plain_fault", "requires", "untouched", "waits")

    def __init__(self, about: dict[str, Any]) -> None:
        self.code: str = about.get("code", "")
        self.header: str = about.get("header", "")
        self.module: bool = about.get("module", False)
        self.waits: bool = about.get("waits", False)
        self.requires: list[str] = about.get("requires", [])
        self.fault: dict[str, Any] | None = about.get("error")
        self.untouched: bool = about.get("untouched", False)
        self.plain_fault: bool = about.get("plain_fault", False)


class Compiler:
    """Prepare texts; holds its isolate until `close`."""

    def __init__(self) -> None:
        self._isolate: Isolate | None = None
        self._types = False
        self._inputs = False

    def warm(self, source: str, name: str) -> None:
        """Begin to get ready for this file when it will need us, without waiting for it."""
        kind, typescript = _ending(name)
        if typescript or kind == "module" or _NEEDED.search(source):
            self._open(types=typescript)

    def prepare(self, source: str, name: str, *, parse: bool = False) -> Prepared:
        """Prepare one file; its ending says whether it has types and whether it is a module.

        Text that needs nothing is left alone, unless `parse` asks what is wrong with it.
        """
        source = source.removeprefix("\ufeff")
        kind, typescript = _ending(name)
        if not (parse or typescript or kind == "module" or _NEEDED.search(source)):
            return Prepared({"code": source, "untouched": True})
        isolate = self._open(types=typescript)
        arguments = ",".join(json.dumps(value) for value in (source, kind, typescript))
        try:
            text = isolate.evaluate(f"prepare({arguments})")
        except EvaluationError as error:  # deeper than the parser's stack, for instance
            return Prepared({"error": {"message": str(error).partition("\n")[0], "line": 1}})
        about = json.loads(text or "{}")
        plain = "error" in about and not typescript and _MODULE.search(source) is None
        return Prepared({**about, "plain_fault": plain})

    def prepare_input(self, source: str) -> Prepared | None:
        """Prepare one input of a read-eval loop; None when it is the beginning of a longer one."""
        isolate = self._open(types=False)
        if not self._inputs:
            self._inputs = True
            isolate.begin(_read("inputs.js"))
        try:
            text = isolate.evaluate(f"prepareInput({json.dumps(source)})")
        except EvaluationError as error:
            return Prepared({"error": {"message": str(error).partition("\n")[0], "line": 1}})
        about = json.loads(text or "{}")
        return None if about.get("more") else Prepared(about)

    def _open(self, *, types: bool) -> Isolate:
        if self._isolate is None:
            self._isolate = Isolate(_MEMORY)
            self._isolate.begin(_read("vendor/acorn.min.js"), _read("transform.js"))
        if types and not self._types:
            self._types = True
            self._isolate.begin(_read("vendor/sucrase.min.js"))
        return self._isolate

    def close(self) -> None:
        """Give the isolate up."""
        if self._isolate is not None:
            self._isolate.close()


def _ending(name: str) -> tuple[str, bool]:
    """Give what the ending of a name says: the kind of file, and whether it has types."""
    ending = name[name.rfind(".") :] if "." in name else ""
    return _KINDS.get(ending, "any"), ending in _TYPESCRIPT


def _read(name: str) -> str:
    folder = __file__.removesuffix("__init__.py")
    loader: Any = globals()["__loader__"]  # whoever loaded this module can read its data, from a wheel or a zip
    data: bytes = loader.get_data(folder + name)
    return data.decode()
