"""`llmspell api`: what is generated from the one definition of the script API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.bridge.reference import Brought, render_markdown
from llmspell.bridge.script_modules import all_names, script_modules
from llmspell.bridge.typings import luals, parity, stubs, typescript
from llmspell.bridge.typings.surface import surface
from llmspell.cli.opening import load_config, loader
from llmspell.errors import UsageError
from llmspell.kernel.catalog import Catalog

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from llmspell.bridge.typings.surface import Surface
    from llmspell.cli.console import Console

FORMS = ("reference", "typescript", "lua", "python", "parity")
MODULES = {"lua": ("llmspell.lua", luals.modules), "python": ("__init__.pyi", stubs.modules)}
"""The name a file must have to be found as the module `llmspell`, and what then belongs beside it."""


def run(args: argparse.Namespace, console: Console) -> int:
    """Print one form of the API, or write it to a file."""
    chosen = [one for one in FORMS if getattr(args, one)]
    if len(chosen) > 1:
        message = f"--{chosen[0]} and --{chosen[1]} exclude each other"
        raise UsageError(message, suggestions=["run the command once for each"])
    form = chosen[0] if chosen else "reference"
    catalog = _catalog(args)
    data, text = rendered(form, catalog)
    if args.output:
        more = beside(form, catalog, Path(args.output))
        for path, one in {Path(args.output): text, **more}.items():
            write(path, one)
        if console.as_json:
            console.data({"path": args.output})
        console.note(f"wrote {args.output}" + (f", and {len(more)} modules beside it" if more else ""))
    elif console.as_json:
        console.data(data)
    else:
        console.print(text.rstrip())
    return 0


def rendered(form: str, catalog: Catalog) -> tuple[dict[str, object], str]:
    """Give one form for programs and as text. Tools of the catalogue are named in it; the reference names none.

    Namespaces that plugins of the catalogue bring are in all of them.
    """
    if form == "reference":
        found = script_modules(catalog).items()
        brought = {name: Brought(cast("type", catalog.resolve(one)), one.dist or one.plugin) for name, one in found}
        return {"names": all_names(catalog).splitlines()}, render_markdown(brought)
    api = _surface(catalog)
    if form == "parity":
        lacks = _lacks(catalog)
        return parity.document(api, lacks), parity.render(api, lacks)
    text = {"typescript": typescript.render, "lua": luals.render, "python": stubs.render}[form](api)
    return {"language": form, "text": text}, text


def beside(form: str, catalog: Catalog, output: Path) -> dict[Path, str]:
    """Give the modules of the namespaces (`require("llmspell.agent")`), where the file they belong to is written."""
    name, modules = MODULES.get(form, ("", None))
    if modules is None or output.name != name:
        return {}
    return {output.parent / path: text for path, text in modules(_surface(catalog)).items()}


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it; raises `UsageError` when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise UsageError(message, suggestions=["name a file with --output"]) from error


def _surface(catalog: Catalog) -> Surface:
    modules = {name: cast("type", catalog.resolve(one)) for name, one in script_modules(catalog).items()}
    tools, templates = ([component.name for component in catalog.list(kind)] for kind in ("tool", "agent_template"))
    return surface(tools, templates, modules)


def _catalog(args: argparse.Namespace) -> Catalog:
    return Catalog(loader(args, load_config(args, check=False), insist=True))


def _lacks(catalog: Catalog) -> dict[str, Mapping[str, str]]:
    """Give what the installed engines declare to lack, by language."""
    return {one.name: cast("Mapping[str, str]", one.extra.get("lacks", {})) for one in catalog.list("engine")}
