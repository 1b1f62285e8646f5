"""Where configuration comes from: files, environment and flags, laid over each other key by key.

    user file < ./llmspell.toml < ./llmspell.$LLMSPELL_ENV.toml < --config or LLMSPELL_CONFIG_PATH <
    LLMSPELL_SECTION__KEY < flags

Files are TOML 1.0. `version = "2.0"` at the head of a file says that its bare durations are milliseconds.
"""

from __future__ import annotations

import re
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Key = tuple[str, ...]
    Leaves = dict[Key, "Leaf"]
    Faults = list[tuple[str, str]]

FILE_NAME = "llmspell.toml"
USER_FILE = "config.toml"
ENV_VARIABLE = "LLMSPELL_ENV"
PATH_VARIABLE = "LLMSPELL_CONFIG_PATH"
MILLISECOND_VERSION = "2.0"
MAX_FILE = 1 << 20
MAX_DEPTH = 32

_PREFIX = "LLMSPELL_"
_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_STORED = re.compile(r"\$\{secret:([A-Za-z0-9][A-Za-z0-9_.-]{0,127})\}")
_LINE = re.compile(r"line (\d+)")


class Text(str):
    """A value that came as text, from the environment or a `${VAR}`: it becomes what its key needs."""

    __slots__ = ()


class Leaf(NamedTuple):
    """One value and where it was set; `milliseconds` is the unit of its bare durations."""

    value: object
    origin: str
    milliseconds: bool = False


class Layer(NamedTuple):
    """What one place sets; `path` is its file, if it is one."""

    name: str
    leaves: Leaves
    path: Path | None = None


class Sources(NamedTuple):
    """Say where to look; everything has the machine's own as default in `Config.load`."""

    path: Path | None
    working: Path
    user_folder: Path | None
    environment: Mapping[str, str]
    flags: Mapping[str, object]


def gather(sources: Sources) -> tuple[Leaves, Faults]:
    """Read every layer and give the values that win, and what is wrong with the layers themselves."""
    leaves: Leaves = {}
    faults: Faults = []
    for layer in layers(sources, faults):
        lay(leaves, layer.leaves)
    return leaves, faults


def layers(sources: Sources, faults: Faults) -> Iterator[Layer]:
    """Yield the layers in rising order; what is wrong with one is added to the faults."""
    for name, path, needed in files_of(sources):
        if _is_there(path, faults, needed=needed):
            yield Layer(name, _read(path, faults), path)
    yield Layer("environment", _from_environment(sources.environment))
    yield Layer("flag", {tuple(key.split(".")): Leaf(value, "a flag") for key, value in sources.flags.items()})


def _is_there(path: Path, faults: Faults, *, needed: bool) -> bool:
    """Tell whether to read a file; one in a folder that may not be looked into is a fault, and not absent."""
    if needed:
        return True
    try:
        if S_ISREG(path.stat().st_mode):
            return True
        faults.append((str(path), "is no file"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        faults.append((str(path), f"cannot be read: {error.strerror or error}"))
    return False


def expand(value: object, environment: Mapping[str, str], missing: Callable[[str], None]) -> object:
    """Replace `${VAR}` and `${VAR:-x}` in texts and lists of texts; `$${` stands for itself.

    A variable that is not set and has no default is reported to `missing` and becomes empty.
    """
    if isinstance(value, list):
        return [expand(one, environment, missing) for one in value]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replacement(found: re.Match[str]) -> str:
        literal, name, default = found.groups()
        if literal:
            return str(literal)
        text = environment.get(name, "")
        if text or default is not None:
            return text or str(default)
        missing(name)
        return ""

    return Text(_REFERENCE.sub(replacement, value))


def is_cut_off(value: object) -> bool:
    """Tell whether a text, or one of a list, holds a `${` that begins no variable; `$${` stands for itself."""
    if isinstance(value, list):
        return any(is_cut_off(one) for one in value)
    return isinstance(value, str) and "${" in value and "${" in _REFERENCE.sub("", value)


def reference(value: object) -> str | None:
    """Give the variable's name when a value is exactly `${VAR}`."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[2] if found is not None and found[3] is None else None


def stored(value: object) -> str | None:
    """Give the secret's name when a value is exactly `${secret:NAME}`: it lies in a store of secrets."""
    found = _STORED.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else found[1]


def names_stored(value: object) -> bool:
    """Tell whether `${secret:` occurs anywhere in a value."""
    return any(map(names_stored, value)) if isinstance(value, list) else isinstance(value, str) and "${secret:" in value


def files_of(sources: Sources) -> list[tuple[str, Path, bool]]:
    """List the files in rising order; True marks one that must exist."""
    files = [] if sources.user_folder is None else [("user file", sources.user_folder / USER_FILE, False)]
    files.append(("project file", sources.working / FILE_NAME, False))
    name = sources.environment.get(ENV_VARIABLE, "")
    if name:
        files.append((f"{ENV_VARIABLE} file", sources.working / f"llmspell.{name}.toml", False))
    named = sources.path or sources.environment.get(PATH_VARIABLE)
    if named:
        layer = "--config file" if sources.path else f"{PATH_VARIABLE} file"
        files.append((layer, sources.working / Path(named).expanduser(), True))
    return files


def _read(path: Path, faults: Faults) -> Leaves:
    import tomllib  # noqa: PLC0415 - most runs have no file

    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE + 1)
        if len(text) > MAX_FILE:
            faults.append((str(path), f"is larger than {MAX_FILE} bytes"))
            return {}
        tree = tomllib.loads(text.decode("utf-8-sig"))
    except OSError as error:
        faults.append((str(path), f"cannot be read: {error.strerror or error}"))
    except UnicodeDecodeError:
        faults.append((str(path), "is not UTF-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _LINE.search(str(error))
        number = line[1] if line else text.count(b"\n") + 1  # the parser says "at end of document"
        faults.append((f"{path}:{number}", f"is not TOML: {error}"))
    else:
        version = tree.pop("version", None)
        if version not in {None, MILLISECOND_VERSION}:
            faults.append((str(path), f'has version {version!r}; "{MILLISECOND_VERSION}" and none at all are known'))
        leaves: Leaves = {}
        _flatten(tree, (), str(path), leaves, milliseconds=version == MILLISECOND_VERSION)
        if all(len(key) <= MAX_DEPTH for key in leaves):
            return leaves
        faults.append((str(path), f"has tables more than {MAX_DEPTH} deep"))
    return {}


def _flatten(tree: Mapping[str, object], above: Key, origin: str, leaves: Leaves, *, milliseconds: bool) -> None:
    for key, value in tree.items():
        here = (*above, key)
        if isinstance(value, dict) and value and len(here) <= MAX_DEPTH:
            _flatten(value, here, origin, leaves, milliseconds=milliseconds)
        else:
            leaves[here] = Leaf(value, origin, milliseconds)


def _from_environment(environment: Mapping[str, str]) -> Leaves:
    found: Leaves = {}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and "__" in name:
            key = tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__"))
            if all(key):
                found[key] = Leaf(Text(environment[name]), name)
    return found


def lay(leaves: Leaves, above: Leaves) -> None:
    """Lay one layer over another; a table in place of a value, or the other way round, replaces it whole."""
    tables = {key[:depth] for key in leaves for depth in range(1, len(key))}
    for key, leaf in above.items():
        if leaf.value == {} and (key in tables or key in leaves):
            continue  # an empty table adds nothing to what is below it
        for depth in range(1, len(key)):
            leaves.pop(key[:depth], None)
            tables.add(key[:depth])
        if key in tables:
            for covered in [k for k in leaves if k[: len(key)] == key]:
                del leaves[covered]
            tables = {table for table in tables if table[: len(key)] != key}
        leaves[key] = leaf
