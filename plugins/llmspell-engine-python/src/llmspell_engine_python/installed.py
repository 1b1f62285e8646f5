"""Put the API into a spell: the names of the hello message, and what the engine does itself."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from llmspell_engine_python import errors
from llmspell_engine_python.calls import Call
from llmspell_engine_python.concurrency import AsyncFunctions
from llmspell_engine_python.errors import ConversionError, ValidationError, to_wire
from llmspell_engine_python.names import missing
from llmspell_engine_python.objects import Constructor, LogNamespace, Namespace
from llmspell_engine_python.testing import assertions, of_case
from llmspell_engine_python.values import Decoder, Encoder, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell_engine_python.bridge import Bridge

MARKS = "!=."
MAX_INDENT = 16


class Api:
    """The API of one run: `values` by the names that a script uses, `namespaces` among them.

    Raises `ValueError` when the definition has a local function that this engine lacks.
    """

    def __init__(self, bridge: Bridge, names: str) -> None:
        self.values: dict[str, Any] = {one.__name__: one for one in errors.PUBLIC}
        self.namespaces: dict[str, Namespace] = {}
        self.modules: dict[str, Namespace] = {}
        self._bridge = bridge
        self._constructors: list[tuple[str, str]] = []
        reading = error_functions(bridge)
        judging = assertions(reading["parse"])
        own = {
            "Async": AsyncFunctions(bridge).table(),
            "JSON": json_functions(),
            "ErrorHandler": reading,
            "Assert": judging,
            "case": of_case(judging),
        }
        posts = ""
        for line in names.splitlines():
            letter, _, rest = line.partition(" ")
            head, _, words = rest.partition(" ")
            if letter == "N":
                self._add_namespace(head, words, own.get(head, {}))
            elif letter == "H":
                bridge.add_kind(head, self._checked(head, words, own.get(head, {})), own.get(head, {}))
            elif letter == "X":
                bridge.absent[head] = words
            elif letter == "M":
                self.modules |= {word: self.namespaces[head] for word in words.split() if head in self.namespaces}
            elif letter == "F":
                bridge.places |= dict.fromkeys(words.split(), head)
            elif letter == "P":
                posts = rest
            elif letter == "G":
                self._constructors.append((head, f"{words.split()[0]}.@construct"))
        self.modules |= {name.lower(): space for name, space in self.namespaces.items()}
        self._add_posts(posts.split())
        if "Tools" in self.namespaces:
            self.values["tool"] = self._tool

    def _add_namespace(self, name: str, words: str, own: dict[str, Any]) -> None:
        functions = self._checked(name, words, own)
        if name == "Testing" and "Assert" in self.namespaces:
            own = {"assert": self.namespaces["Assert"]}
        kind = LogNamespace if name == "Log" else Namespace
        made = kind(self._bridge, name, functions, own, getter="*" in words.split())
        self.namespaces[name] = self.values[name] = made

    @staticmethod
    def _checked(owner: str, words: str, own: dict[str, Any]) -> dict[str, str]:
        """Read the functions of a namespace or a kind of handle; raises `ValueError` for one that is not here."""
        functions = marks(words)
        lacking = [one for one, mark in functions.items() if mark == "=" and one not in own]
        if lacking:
            raise ValueError(f"the Python engine does not implement the local function {owner}.{lacking[0]}")
        return functions

    def _add_posts(self, names: list[str]) -> None:
        log = self.namespaces.get("Log")
        for name in names:
            if name == "log" and log is not None:
                self.values["log"] = log
            elif name != "print" and log is not None:  # Python's own prints to a stream that posts
                self.values[name] = getattr(log, name)

    def _tool(self, *args: Any, **options: Any) -> Any:
        """Make a tool of a function: `@tool`, or `@tool("name", description=...)`."""
        function = args[0] if len(args) == 1 and not options and callable(args[0]) else None
        call = Call(self._bridge, "Tools.create", args if function is None else (), options)
        return call if function is None else call(function)

    def find(self, name: str) -> Any:
        """Give the constructor of this name; raises `AttributeError` with the nearest name."""
        made = self.constructor(name)
        if made is None:
            raise missing("llmspell", "", name, self.values, self._bridge.absent)
        return made

    def constructor(self, name: str) -> Constructor | None:
        """Give the constructor that a global of this name is, None when it is none."""
        known = self._constructors if name[:1].isupper() else ()
        op = next((op for pattern, op in known if fnmatchcase(name, pattern)), None)
        return None if op is None else Constructor(self._bridge, name, op)


def marks(words: str) -> dict[str, str]:
    """Read names with their marks: `run= log! chat` is `{"run": "=", "log": "!", "chat": ""}`."""
    return {one.rstrip(MARKS): one[-1] if one[-1] in MARKS else "" for one in words.split() if one != "*"}


def json_functions() -> dict[str, Any]:
    """Give the functions of `JSON`."""

    def no_function(value: Callable[..., Any]) -> int:
        raise ConversionError(f"a function has no JSON form ({getattr(value, '__name__', value)!s})")

    def encode(value: Any, options: Any = None, indent: Any = None, **named: Any) -> str:
        wanted = {**(options if isinstance(options, dict) else {}), **named}
        pretty = options is True or wanted.get("pretty")
        step = wanted.get("indent", indent if indent is not None else 2 if pretty else None)
        plain = _plain(Encoder(no_function)(value, "value"))
        if isinstance(step, int):
            step = min(step, MAX_INDENT)
        return json.dumps(
            plain, ensure_ascii=False, indent=step or None, separators=None if step else (",", ":"), sort_keys=True
        )

    def decode(text: str) -> Any:
        if not isinstance(text, str):
            raise ValidationError(f"JSON.decode takes text, not {type(text).__name__}")
        try:
            return _records(json.loads(text, parse_constant=_no_constant))
        except json.JSONDecodeError as error:
            raise ValidationError(f"JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
        except RecursionError:
            raise ValidationError("JSON: nested too deep") from None

    return {"encode": encode, "stringify": encode, "decode": decode, "parse": decode, "null": None, "array": list}


def _no_constant(name: str) -> Any:
    raise ValidationError(f"JSON: {name} is no value")


def _records(value: Any) -> Any:
    if isinstance(value, dict):
        return Record({key: _records(one) for key, one in value.items()})
    return [_records(one) for one in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """Undo the wire's forms; raises `ConversionError` for those that are no JSON."""
    if isinstance(value, dict):
        form = next((key for key in value if key.startswith("$") and not key.startswith("$$")), None)
        if form in ("$d", "$i"):
            return value[form] if form == "$d" else int(value[form])
        if form is not None:
            what = {"$b": "bytes have", "$h": "a handle has", "$s": "a stream has"}.get(form, "a form has")
            raise ConversionError(f"{what} no JSON form")
        return {key[1:] if key.startswith("$$") else key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def error_functions(bridge: Bridge) -> dict[str, Any]:
    """Give the functions of `ErrorHandler` that need no kernel."""

    def parse(error: Any) -> Record:
        if isinstance(error, BaseException):
            told = to_wire(error, bridge.files, bridge.absent)
        elif isinstance(error, dict):
            told = {"type": "runtime", "code": 4002, "recoverable": False, "suggestions": [], "context": {}, **error}
            told["message"] = str(error.get("message") or error.get("error") or "the error has no message")
        else:
            message = "nothing was raised" if error is None else str(error)
            told = {"type": "runtime", "code": 4002, "message": message, "recoverable": False, "suggestions": []}
        told["type"] = str(told["type"]).removesuffix("_error")
        more = {
            "category": told["type"],
            "recovery_strategy": "retry" if told["recoverable"] else "none",
            "recovery_suggestion": next(iter(told["suggestions"]), None),
        }
        return Record(told, **more)

    def is_type(error: Any, types: Any) -> bool:
        wanted = [types] if isinstance(types, str) else list(types)
        return parse(error)["type"] in [str(one).removesuffix("_error") for one in wanted]

    return {"parse": parse, "parse_error": parse, "is": is_type}


def decoded(values: Mapping[str, Any], decode: Decoder) -> Record:
    """Read a map of the hello message."""
    found = decode(dict(values))
    return found if isinstance(found, Record) else Record()
