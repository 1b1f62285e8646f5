"""Look at what is installed as files and metadata; nothing of it is imported.

A finding has a level. `fault`: what is there is not what was installed, or stands where something else belongs.
`warning`: code that runs without being asked for. `note`: what is good to know of somebody who runs with your rights.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from llmspell.errors import PluginLoadError
from llmspell.kernel.discovery import GROUP_STEM, normalise
from llmspell.kernel.installed import CACHE, NOTES, Recorded, belongs, beside, digest_of, is_inside, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Level = Literal["fault", "warning", "note"]
NATIVE = (".so", ".pyd", ".dll", ".dylib")
ATTESTED = (".publish.attestation", ".attestation", ".sigstore.json")
"""How files that hold attestations of PEP 740 are called; `provenance_url.json` is that of PEP 710."""


class Finding(NamedTuple):
    """One thing that was found: how bad it is, whom it concerns, what it is (a word for programs), and a sentence."""

    level: Level
    dist: str
    what: str
    about: str


class Audited(NamedTuple):
    """One distribution: where it came from as its installer noted it, its digest, and what was found.

    `digest` is empty for one whose files nobody recorded. `provenance` is shown as it is recorded; nothing is verified.
    """

    dist: str
    version: str
    info: Path
    digest: str
    provenance: dict[str, object]
    findings: tuple[Finding, ...]


def audit(infos: Iterable[Path]) -> list[Audited]:
    """Examine distributions by their `.dist-info` folders, in their order."""
    return [_audit(info) for info in infos]


def installed(folders: Iterable[str], *, every: bool) -> list[Path]:
    """Give the `.dist-info` folders that concern llmspell, or `every` one, the first of each distribution first."""
    infos = (info for folder in dict.fromkeys(folders) for info in sorted(Path(folder or ".").glob("*.dist-info")))
    return [info for info in infos if every or name_of(info)[0] == "llmspell" or _declares(info)]


def name_of(info: Path) -> tuple[str, str]:
    """Give the distribution and version that a `.dist-info` folder is named after."""
    dist, _, version = info.name.removesuffix(".dist-info").partition("-")
    return normalise(dist), version


def _declares(info: Path) -> bool:
    try:
        return GROUP_STEM.encode() in (info / "entry_points.txt").read_bytes()
    except OSError:
        return False


def _audit(info: Path) -> Audited:
    dist, version = name_of(info)
    provenance, found = _provenance(info, dist)
    try:
        lines = recorded(info)
    except PluginLoadError as error:
        return Audited(dist, version, info, "", provenance, (*found, Finding("fault", dist, "record", error.message)))
    found += [*_files(info, dist, lines), *_beside(info, dist, lines)]
    editable = bool(provenance.get("editable"))
    missing = any(one.what == "missing" for one in found)
    digest = "" if editable or missing else digest_of(info)
    return Audited(dist, version, info, digest, provenance, tuple(found))


def _files(info: Path, dist: str, lines: Sequence[Recorded]) -> Iterator[Finding]:
    """Compare what RECORD tells of each file with the file."""
    site = info.parent
    natives = [line.path for line in lines if line.path.endswith(NATIVE)]
    if natives:
        yield Finding("note", dist, "native", f"brings native code: {_listed(natives)}")
    for line in lines:
        if line.path.startswith("llmspell/") and dist != "llmspell":
            yield Finding("fault", dist, "shadow", f"installs {line.path}, which is llmspell's own place")
        if not is_inside(line.path) and Path(line.path).is_absolute():
            yield Finding("fault", dist, "outside", f"records {line.path}, which no distribution may")
            continue
        fault = _difference(site / line.path, line)
        if fault:
            yield Finding("fault", dist, "missing" if fault == "is missing" else "changed", f"{line.path} {fault}")


def _difference(file: Path, line: Recorded) -> str:
    if CACHE in file.parts or (file.name in NOTES and not line.digest):
        return ""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if line.digest:
        return _wrong(data, line)
    return "is recorded without a hash" if line.path.endswith((".py", *NATIVE)) else ""


def _wrong(data: bytes, line: Recorded) -> str:
    """Compare a file's bytes with the hash and size of its line."""
    name, _, told = line.digest.partition("=")
    if name not in hashlib.algorithms_guaranteed or name in ("md5", "sha1") or name.startswith("shake"):
        return f"is recorded with {name!r}, which proves nothing"
    real = base64.urlsafe_b64encode(hashlib.new(name, data).digest()).rstrip(b"=").decode()
    if real != told.rstrip("="):
        return "was changed after it was installed"
    return "has another size than recorded" if line.size not in (None, len(data)) else ""


def _beside(info: Path, dist: str, lines: Sequence[Recorded]) -> Iterator[Finding]:
    """Tell files that nobody recorded in the folders of a distribution: Python would import them."""
    known = {line.path for line in lines}
    others = _of_others(info)
    for path in beside(info.parent, [path for path in known if belongs(path)]):
        if path not in known and path not in others and path.rpartition("/")[2] not in NOTES:
            yield Finding("fault", dist, "extra", f"{path} lies among its files and was not installed with them")
    for path in sorted(known & others):
        if CACHE not in path:
            yield Finding("fault", dist, "shared", f"{path} is also installed by another distribution")


def _of_others(info: Path) -> set[str]:
    found: set[str] = set()
    for other in info.parent.glob("*.dist-info"):
        if other != info:
            try:
                found.update(line.path for line in recorded(other) if is_inside(line.path))
            except PluginLoadError:
                continue  # it is told when that one is looked at
    return found


def _provenance(info: Path, dist: str) -> tuple[dict[str, object], list[Finding]]:
    """Read what the installer noted: INSTALLER, direct_url.json (PEP 610), provenance_url.json, attestations."""
    found: list[Finding] = []
    told: dict[str, object] = {}
    for name in ("INSTALLER", "direct_url.json", "provenance_url.json"):
        try:
            text = (info / name).read_text(encoding="utf-8")
            told[name.partition(".")[0].lower()] = json.loads(text) if name.endswith(".json") else text.strip()
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            found.append(Finding("fault", dist, "provenance", f"{name} cannot be read: {type(error).__name__}"))
    direct = told.get("direct_url")
    if isinstance(direct, dict):
        folder = direct.get("dir_info")
        told["editable"] = isinstance(folder, dict) and folder.get("editable") is True
        about = "is installed in place: its code is not recorded" if told["editable"] else "does not come from an index"
        found.append(Finding("note", dist, "direct", f"{about}: {direct.get('url', 'from nowhere that is told')}"))
    attested = sorted(one.name for one in info.rglob("*") if one.name.endswith(ATTESTED))
    told["attestations"] = attested
    return told, found


def environment(folders: Iterable[str]) -> Iterator[Finding]:
    """Tell what runs at every start of Python: `.pth` files with code, and modules that Python looks for by itself."""
    for folder in map(Path, dict.fromkeys(folders)):
        owned = _recorded_in(folder)
        for file in sorted(folder.glob("*.pth")):
            yield from _pth(file, owned.get(file.name, ""))
    for name in ("sitecustomize", "usercustomize"):
        for place in sys.path:
            if (file := Path(place or ".", f"{name}.py")).is_file():
                yield Finding("warning", "", "startup", f"{file} runs at every start of Python")


def _pth(file: Path, owner: str) -> Iterator[Finding]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        yield Finding("fault", owner, "pth", f"{file.name} cannot be read: {error.strerror}")
        return
    code = [line for line in lines if line.startswith(("import ", "import\t"))]
    if code:
        level: Level = "warning" if owner else "fault"
        whose = f"of {owner}" if owner else "that no distribution has installed"
        shown = code[0] if len(code[0]) <= _SHOWN else f"{code[0][:_SHOWN]}..."
        yield Finding(level, owner, "pth", f"{file.name} {whose} runs code at every start of Python: {shown!r}")
    elif not owner:
        yield Finding("note", "", "pth", f"{file.name} adds folders to the path, and no distribution has installed it")


_SHOWN = 100


def _recorded_in(folder: Path) -> dict[str, str]:
    """Give the distribution of each recorded file that lies directly in a folder."""
    found: dict[str, str] = {}
    for info in folder.glob("*.dist-info"):
        try:
            found |= {line.path: name_of(info)[0] for line in recorded(info) if "/" not in line.path}
        except PluginLoadError:
            continue  # it is told with its distribution
    return found


def claims(infos: Sequence[Path]) -> Iterator[Finding]:
    """Tell distributions that are there twice, and entry points that several of them claim."""
    from llmspell.kernel.discovery import scan  # noqa: PLC0415 - with the last question

    seen: dict[str, Path] = {}
    for info in infos:
        dist = name_of(info)[0]
        first = seen.setdefault(dist, info)
        if first is not info:
            yield Finding("fault", dist, "twice", f"{dist} is installed twice: {first} and {info}")
    owners: dict[str, set[str]] = {}
    for ref in scan([str(folder) for folder in dict.fromkeys(info.parent for info in infos)]):
        if ref.fault:
            yield Finding("fault", ref.dist, "entry_point", ref.fault)
        else:
            owners.setdefault(ref.plugin, set()).add(ref.dist)
    for plugin, dists in sorted(owners.items()):
        if len(dists) > 1:
            who = " and ".join(sorted(dists))
            yield Finding("fault", who, "claim", f"the plugin name {plugin!r} is claimed by {who}")


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"  # noqa: PLR2004 - as many as were shown
