"""`llmspell deps add|list|remove|verify`: modules of npm beside a JavaScript spell."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from llmspell.bridge.bundles import FOLDER, LOCK, Bundle, Package, file_of, read_lock, write_lock
from llmspell.errors import ResourceUnavailableError, ToolNotFoundError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from llmspell.cli.console import Console
    from llmspell.cli.deps_npm import Made, Npm, Wanted


class Finding(NamedTuple):
    """What `verify` says of one file: ok, changed, gone, or stranger (in the folder and in no lock)."""

    file: str
    state: str


def add(args: argparse.Namespace, console: Console) -> int:
    """Bundle packages and write them beside the spell."""
    from llmspell.cli.deps_npm import BUNDLER, wanted  # noqa: PLC0415 - the other verbs start no programs
    from llmspell.cli.opening import open_app  # noqa: PLC0415

    root = _root(args)
    _named(args)
    wishes = [wanted(text) for text in args.names]
    modules = _modules(root)
    catalog = open_app(args, console).catalog

    def has_tool(name: str) -> bool:
        try:
            catalog.get("tool", name)
        except ToolNotFoundError:
            return False
        return True

    async def fetch() -> list[tuple[Bundle, bytes]]:
        from llmspell.cli.deps_npm import Npm  # noqa: PLC0415 - as above

        with TemporaryDirectory(prefix="llmspell-deps-") as folder:
            npm = Npm(Path(folder), has_tool)
            await npm.install(list(dict.fromkeys(one.spec for one in wishes)))
            return [(_described(npm, made), made.data) for made in [await npm.bundle(one) for one in wishes]]

    _one_range_each(wishes)
    added = asyncio.run(fetch())
    for bundle, data in added:
        _write(root / bundle.file, data)
        modules[bundle.name] = bundle
    _write(root / LOCK, write_lock(modules, BUNDLER).encode())
    for bundle, _ in added:
        console.note(f"added {bundle.name} {bundle.version} ({bundle.license}, {bundle.size} bytes)")
    if console.as_json:
        console.data([_shown(bundle) for bundle, _ in added])
    return 0


def list_deps(args: argparse.Namespace, console: Console) -> int:
    """List the modules of the lock."""
    modules = sorted(_modules(_root(args)).values())
    if console.as_json:
        console.data([_shown(one) for one in modules])
    elif modules:
        rows = [(one.name, one.version, one.license, str(one.size), str(len(one.contains))) for one in modules]
        console.table(rows, ("module", "version", "licence", "bytes", "packages"))
    else:
        console.note(f"there is no npm module here; `llmspell deps add NAME` writes {LOCK}")
    return 0


def remove(args: argparse.Namespace, console: Console) -> int:
    """Take modules out of the lock and remove their files."""
    from llmspell.cli.deps_npm import BUNDLER  # noqa: PLC0415 - as above

    root = _root(args)
    _named(args)
    modules = _modules(root)
    unknown = [name for name in args.names if name not in modules]
    if unknown:
        known = ", ".join(sorted(modules)) or "nothing"
        raise UsageError(f"{LOCK} has no module {unknown[0]!r}", suggestions=[f"it has {known}"])
    gone = [modules.pop(name) for name in dict.fromkeys(args.names)]
    _write(root / LOCK, write_lock(modules, BUNDLER).encode())
    for bundle in gone:
        (root / bundle.file).unlink(missing_ok=True)
        console.note(f"removed {bundle.name} {bundle.version}")
    if console.as_json:
        console.data([_shown(one) for one in gone])
    return 0


def verify(args: argparse.Namespace, console: Console) -> int:
    """Compare the files with the lock; ends with status 1 when one differs."""
    root = _root(args)
    modules = _modules(root)
    found = [Finding(one.file, _state(root / one.file, one)) for _, one in sorted(modules.items())]
    known = {one.file for one in modules.values()}
    files = sorted(path.relative_to(root).as_posix() for path in (root / FOLDER).rglob("*") if path.is_file())
    found += [Finding(file, "stranger") for file in files if file not in known]
    valid = all(one.state == "ok" for one in found)
    if console.as_json:
        console.data({"valid": valid, "files": [one._asdict() for one in found]})
    else:
        if found:
            console.table([(one.file, one.state) for one in found], ("file", "state"))
        console.note("every file is what the lock allows" if valid else "what is not ok is not loaded by a spell")
    return 0 if valid else 1


def _root(args: argparse.Namespace) -> Path:
    root = Path(args.dir)
    if not root.is_dir():
        raise UsageError(f"there is no folder {args.dir!r}", suggestions=["name the folder of the spell with --dir"])
    return root


def _named(args: argparse.Namespace) -> None:
    if not args.names:
        raise UsageError("name at least one module", suggestions=["write its name as npm has it: lodash"])


def _modules(root: Path) -> dict[str, Bundle]:
    try:
        return read_lock((root / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceUnavailableError(f"{root / LOCK} cannot be read: {error}") from error


def _one_range_each(wishes: Sequence[Wanted]) -> None:
    """Refuse two versions of one package in one call: npm would install one of them."""
    ranges: dict[str, str] = {}
    for one in wishes:
        if ranges.setdefault(one.package, one.range) != one.range:
            raise UsageError(
                f"{one.package} is asked for in two versions", suggestions=["add them one after the other"]
            )


def _described(npm: Npm, made: Made) -> Bundle:
    """Say what a bundle is, by npm's lock."""
    lock = npm.lock()
    contains = []
    for folder in made.folders:
        entry = lock[folder]
        name = str(entry.get("name") or folder.rpartition("node_modules/")[2])
        if not entry.get("integrity"):
            raise ResourceUnavailableError(f"npm's lock has no integrity hash for {name}, so it cannot be pinned")
        about = (str(entry["version"]), npm.license(folder, entry), str(entry["integrity"]))
        contains.append(Package(name, *about))
    own = next(one for one in contains if one.name == made.wanted.package)
    digest = sha256(made.data).hexdigest()
    return Bundle(
        made.wanted.name, own.name, own.version, own.license, own.integrity,
        file_of(made.wanted.name), digest, len(made.data), tuple(sorted(contains)),
    )  # fmt: skip


def _shown(bundle: Bundle) -> dict[str, object]:
    return {"name": bundle.name, **bundle.to_dict()}


def _state(path: Path, bundle: Bundle) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return "gone"
    return "ok" if sha256(data).hexdigest() == bundle.sha256 else "changed"


def _write(path: Path, data: bytes) -> None:
    """Replace a file whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ResourceUnavailableError(f"cannot write {path}: {error.strerror}") from error
