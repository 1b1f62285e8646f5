"""What a program may be given: a grammar, read from data and checked when it is read.

The data are those of a TOML file; every key may be left out.

    summary      one sentence
    free         arguments are not judged: the program is granted as such
    options      a table of options: `true` for one without a value, the kind of its value, or a list of its choices; a
                 kind that begins with `?` is a value that may be left out, and is given after `=` only
    values       kinds of the other arguments, in order; one that ends in `*` stands for any number
    instead      a table: the values where one of these options is given
    after        kinds of the values after a `--` of the caller, where that separates two sorts of them
    end          what stands between options and values: `--` unless it says otherwise, `` where the program knows none
    always       arguments that come before all others
    commands     a table of sub-commands, each with these keys of its own
    reads        told no path, it reads the folder it starts in, and needs the right to
    writes       it writes in that folder, and needs the right to
    environment  variables that it is started with; `{above}` in one is the folder above the one it starts in
    variables    variables that a caller may set, besides those of the language, the zone and the terminal
    folders      names in its folder that must be folders there, and no links; `absent` are names that must not be there
    max_memory   bytes that each of its processes may take (`"1GB"`); `max_cpu_time` are seconds of processor time
    asks         what is asked of the program itself before it is run: `argv`, and `never`, patterns of lines that make
                 the run a refusal

Kinds: `text` (anything), `word` (no slash, no space), `number`, `size` (`10M`), `revision` (of git), `name` (a path
that need not be there), `path` (a file or folder to read; `-` is standard input).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from llmspell.errors import ConfigError, ValidationError
from llmspell.model.units import parse_duration, parse_size
from llmspell.services.process_limits import ProgramLimits

if TYPE_CHECKING:
    from collections.abc import Callable

Choice = tuple[str, ...]

KINDS: Final[dict[str, re.Pattern[str]]] = {
    "text": re.compile(r".*", re.DOTALL),
    "word": re.compile(r"(?!-)[\w.,:+=@%~^-]{1,256}", re.ASCII),
    "number": re.compile(r"[+-]?[0-9]{1,12}"),
    "size": re.compile(r"[+-]?[0-9]{1,12}[kKMGTPb]?B?"),
    "revision": re.compile(r"(?![-:])[\w./@^~{}:+-]{1,256}", re.ASCII),
    "name": re.compile(r".+", re.DOTALL),
    "path": re.compile(r".+", re.DOTALL),
}
PATHS: Final = ("path", "name")


@frozen(kw_only=True)
class Takes:
    """What follows an option: nothing, a value of a kind or one of some choices; `needed` unless it may be left out."""

    kind: str = ""
    choices: Choice = ()
    needed: bool = True

    @property
    def value(self) -> bool:
        """Tell whether there is a value at all."""
        return bool(self.kind or self.choices)


@frozen(kw_only=True)
class Grammar:
    """One program's grammar, or that of a sub-command; the module says what each part means."""

    name: str
    summary: str = ""
    free: bool = False
    options: Mapping[str, Takes] = field(factory=dict)
    values: Choice = ()
    instead: Mapping[str, Choice] = field(factory=dict)
    after: Choice | None = None
    end: str = "--"
    always: Choice = ()
    commands: Mapping[str, Grammar] = field(factory=dict)
    reads: bool = False
    writes: bool = False
    environment: Mapping[str, str] = field(factory=dict)
    variables: Choice = ()
    folders: Choice = ()
    absent: Choice = ()
    max_memory: int | None = None
    max_cpu_time: float | None = None
    asks: Asks | None = None

    @property
    def limits(self) -> ProgramLimits:
        """Give what each process of the program may take."""
        return ProgramLimits(self.max_memory, self.max_cpu_time)


@frozen(kw_only=True)
class Asks:
    """What a program is asked first, and the lines (fnmatch patterns, in any case) that forbid the run."""

    argv: Choice
    never: Choice


def read_grammar(data: Mapping[str, Any], name: str) -> Grammar:
    """Make a grammar of data; raises `ConfigError` with every fault."""
    faults: list[tuple[str, str]] = []
    made = _read(data, name, "", faults)
    if faults:
        told = "; ".join(f"{path} {text}" for path, text in faults)
        raise ConfigError(f"the grammar of the program {name} is wrong: {told}", faults=faults)
    return made


def _read(data: Mapping[str, Any], name: str, place: str, faults: list[tuple[str, str]]) -> Grammar:
    made: dict[str, Any] = {"name": name}
    for key, value in data.items():
        reader = _READERS.get(key)
        if reader is None:
            faults.append((f"{place}{key}", f"is no key of a grammar; there are {', '.join(_READERS)}"))
            continue
        try:
            made[key] = reader(value, name, f"{place}{key}.", faults)
        except TypeError as error:
            faults.append((f"{place}{key}", str(error)))
    unknown = sorted(set(made.get("instead", ())) - set(made.get("options", ())))
    faults += [(f"{place}instead.{one}", "is no option of this grammar") for one in unknown]
    return Grammar(**made)


def _truth(value: object, *_: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("is not true or false")
    return value


def _text(value: object, *_: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError("is not a text")
    return value


def _texts(value: object, *_: object) -> Choice:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("is not a list of texts")
    return tuple(value)


def _kinds(value: object, *_: object) -> Choice:
    found = _texts(value)
    for number, one in enumerate(found, 1):
        if one.removesuffix("*") not in KINDS or (one.endswith("*") and number < len(found)):
            raise TypeError(f"holds {one!r}: the kinds are {', '.join(KINDS)}, and only the last may end in *")
    return found


def _takes(value: object) -> Takes:
    if value is True:
        return Takes()
    if isinstance(value, list):
        return Takes(choices=_texts(value))
    kind = _text(value)
    if kind.removeprefix("?") not in KINDS:
        raise TypeError(f"is {kind!r}: the kinds are {', '.join(KINDS)}")
    return Takes(kind=kind.removeprefix("?"), needed=not kind.startswith("?"))


def _table(read: Callable[[Any], Any], key: re.Pattern[str]) -> Callable[..., dict[str, Any]]:
    def reader(value: object, _name: str, place: str, faults: list[tuple[str, str]]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise TypeError("is not a table")
        made = {}
        for one, given in value.items():
            try:
                made[one] = read(given)
            except TypeError as error:
                faults.append((f"{place}{one}", str(error)))
            if not key.fullmatch(one):
                faults.append((f"{place}{one}", "is not spelled like one"))
        return made

    return reader


def _commands(value: object, name: str, place: str, faults: list[tuple[str, str]]) -> dict[str, Grammar]:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise TypeError("is not a table of tables")
    return {one: _read(given, f"{name} {one}", f"{place}{one}.", faults) for one, given in value.items()}


def _asks(value: object, *_: object) -> Asks:
    if not isinstance(value, dict) or set(value) != {"argv", "never"}:
        raise TypeError("is not a table of `argv` and `never`")
    return Asks(argv=_texts(value["argv"]), never=tuple(one.lower() for one in _texts(value["never"])))


def _amount(read: Callable[[Any], float]) -> Callable[..., float]:
    def reader(value: object, *_: object) -> float:
        try:
            found = read(value)
        except ValidationError as error:
            raise TypeError(f"is no limit: {error.message}") from error
        if found <= 0:
            raise TypeError("is nothing: leave it out for no limit")
        return found

    return reader


_OPTION = re.compile(r"-[A-Za-z0-9#?]|--[a-z0-9][a-z0-9-]*|-[a-z][a-z0-9-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READERS: Final[dict[str, Callable[..., Any]]] = {
    "summary": _text,
    "free": _truth,
    "options": _table(_takes, _OPTION),
    "values": _kinds,
    "instead": _table(_kinds, _OPTION),
    "after": _kinds,
    "end": _text,
    "always": _texts,
    "commands": _commands,
    "reads": _truth,
    "writes": _truth,
    "environment": _table(_text, _VARIABLE),
    "variables": _texts,
    "folders": _texts,
    "absent": _texts,
    "max_memory": _amount(parse_size),
    "max_cpu_time": _amount(parse_duration),
    "asks": _asks,
}
