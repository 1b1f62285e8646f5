"""What the proofs by areas (`tests.security`, `tests.durability`) share: areas found, options read, records kept."""

from __future__ import annotations

import json
import os
import platform
import sys
from argparse import ArgumentParser
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")


def find(package: str, folder: Path) -> dict[str, Any]:
    """Find every area: each module of a folder has one as `AREA`, by the module's own name."""
    names = sorted(path.stem for path in folder.glob("*.py"))
    found = {name: import_module(f"{package}.{name}").AREA for name in names}
    if wrong := [f"{name}: {area.name}" for name, area in found.items() if area.name != name]:
        raise ValueError(f"areas are called like their modules: {', '.join(wrong)}")
    return found


def spread(things: Sequence[T], count: int | None) -> Sequence[T]:
    """Give at most `count` things, from the whole length of the list and the same ones each time; None gives all."""
    return things if count is None else things[:: max(1, -(-len(things) // count))]


def options(program: str, description: str) -> ArgumentParser:
    """Make the parser of the options that proofs have."""
    parser = ArgumentParser(prog=f"python -m tests.{program}", description=description)
    parser.add_argument("names", nargs="*", metavar="AREA", help=f"of those in tests/{program}/areas (default: all)")
    parser.add_argument("--sample", type=int, metavar="N", help="try N cases of each area instead of all")
    parser.add_argument("--write", action="store_true", help="keep what was found, and write the page")
    parser.add_argument("--page", action="store_true", help="try nothing: write the page from what was kept")
    return parser


def chosen(parser: ArgumentParser, words: Sequence[str] | None) -> Namespace:
    """Read the options, and refuse those that do not go together."""
    options = parser.parse_args(words)
    if options.sample is not None and (options.write or options.sample < 1):
        parser.error("--sample takes a number above 0 and does not go with --write: the page tells of whole runs")
    if options.page and (options.write or options.names or options.sample):
        parser.error("--page goes alone: it tries nothing")
    return options


def say(line: str) -> None:
    """Tell the terminal at once, beside the results."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def unknown(program: str, names: Collection[str], there: Collection[str]) -> bool:
    """Tell whether areas are named that are not there, and say so."""
    if absent := sorted(set(names) - set(there)):
        say(f"{program}: no area named {', '.join(absent)}; there are: {', '.join(there)}")
    return bool(absent)


def write(folder: Path, name: str, data: Mapping[str, Any]) -> None:
    """Write the record of an area."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the records of all areas, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def machine() -> str:
    """Describe the machine without naming it, and the versions of the engines."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    engines = ", ".join(f"{name} {version(name)}" for name in ("lupa", "mini-racer"))
    system = f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, {python}, {engines}"
