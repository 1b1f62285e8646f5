"""`llmspell generate plugin|list`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from llmspell.cli import generate_bake as baking
from llmspell.cli.generate_answers import FILE, NAME, Interview, context, from_file
from llmspell.cli.generate_kinds import kinds, template
from llmspell.cli.opening import load_config, loader
from llmspell.cli.values import pairs
from llmspell.errors import UsageError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.runtime.builtins import builtins

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from llmspell.cli.console import Console
    from llmspell.cli.generate_kinds import Template

FLAGS = ("tools", "description", "category", "author", "email", "license", "python")
"""Questions with a flag of their own; `--set` answers any."""


def list_kinds(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 - as all verbs are called
    """List the kinds that there are templates for."""
    found = [template(kind) for kind in kinds()]
    if console.as_json:
        console.data(
            [{"kind": t.kind, "summary": t.summary, "questions": [q._asdict() for q in t.questions]} for t in found]
        )
    else:
        rows = [(t.kind, ", ".join(question.key for question in t.questions), t.summary) for t in found]
        console.table(rows, ("kind", "asks for", "what it makes"))
    return 0


def plugin(args: argparse.Namespace, console: Console) -> int:
    """Generate the project of a plugin."""
    kind, given = _given(args)
    chosen = template(kind)
    folder = Path(args.output_dir)
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder}", suggestions=["make it first", "name another with --output-dir"]
        )
    baking.require_cookiecutter()
    checks = _Checks(args, console, chosen, folder)
    interview = Interview(
        chosen,
        render=baking.render,
        check=checks.judge,
        console=console if _is_person(args, console) else None,
        read=sys.stdin.readline,
    )
    answers = interview.complete(given)
    target = checks.target(context(chosen, answers))
    with baking.workplace(folder) as home:
        project = baking.bake(chosen, answers, home / "new")
        changes = baking.changes(project, target)
        if not args.dry_run:
            baking.put(project, target, changes, home / "old")
    about = {key: value for key, value in context(chosen, answers).items() if key in {"dist", "package", "plugin"}}
    files = [change._asdict() for change in changes]
    result = {"path": str(target), "kind": kind, **about, "answers": answers, "files": files}
    _tell(console, {**result, "dry_run": bool(args.dry_run)})
    return 0


def _given(args: argparse.Namespace) -> tuple[str, dict[str, object]]:
    """Read the kind and the answers of the command line: a file's, and over them those of flags."""
    kind, given = from_file(Path(args.answers)) if args.answers else ("tool", {})
    if len(args.name) > 1:
        message = f"one NAME is wanted, not {len(args.name)}: {' '.join(args.name)}"
        raise UsageError(message, suggestions=["give the names of tools with --tool"])
    if args.name:
        given[NAME] = args.name[0]
    given |= {key: value for key in FLAGS if (value := getattr(args, key)) is not None}
    return args.kind or kind, {**given, **pairs(args.set or (), what="answer")}


def _is_person(args: argparse.Namespace, console: Console) -> bool:
    """Tell whether somebody sits there to be asked."""
    wanted = not (args.no_input or args.answers or console.as_json)
    return wanted and sys.stdin.isatty() and console.err.isatty()


class _Checks:
    """Judge answers by what is here: installed packages and plugins, tools of the same name, the target folder."""

    def __init__(self, args: argparse.Namespace, console: Console, chosen: Template, folder: Path) -> None:
        self._args = args
        self._console = console
        self._template = chosen
        self._folder = folder

    def target(self, known: Mapping[str, object]) -> Path:
        """Give the folder of the project."""
        return self._folder / str(known["dist"])

    def judge(self, key: str, known: Mapping[str, object]) -> None:
        """Raise `UsageError` for a name that is taken; a component's name is only worth a warning."""
        if key == NAME:
            self._refuse_installed(known)
            baking.refuse_occupied(self.target(known), force=self._args.force)
        elif key == self._template.components:
            self._warn_of_clashes(known)

    def _refuse_installed(self, known: Mapping[str, object]) -> None:
        package, name, dist = (str(known[key]) for key in ("package", "plugin", "dist"))
        owners = [ref for ref in (*builtins(), *scan()) if ref.plugin == name and ref.dist != dist]
        if owners:
            message = f"there is a plugin {name!r} already, of {owners[0].dist} {owners[0].version}"
            context = {"answer": NAME, "rule": "plugin"}
            raise UsageError(message, suggestions=["choose another name"], context=context)
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            message = f"the package {package!r} is installed already, at {Path(spec.origin).parent}"
            if self._args.answers or (self.target(known) / FILE).is_file():  # then it is the same project, most likely
                self._console.warn(message)
                return
            context = {"answer": NAME, "rule": "installed"}
            raise UsageError(message, suggestions=["choose another name", "uninstall it first"], context=context)

    def _warn_of_clashes(self, known: Mapping[str, object]) -> None:
        kind, own = self._template.kind, known["plugin"]
        named = cast("list[str]", known[self._template.components])
        for component in Catalog(loader(self._args, load_config(self._args))).list(kind):
            names = {component.name, *component.aliases}.intersection(named)
            for name in sorted(names) if component.plugin != own else ():
                owner = f"plugin {component.plugin} ({component.dist})"
                self._console.warn(f"{owner} has a {kind} {name!r}, too: with both, spells must write {own}:{name}")


def _tell(console: Console, result: Mapping[str, Any]) -> None:
    if console.as_json:
        console.data(result)
        return
    for file in result["files"]:
        console.print(f"{file['change'].ljust(7)}  {result['path']}/{file['path']}")
    if result["dry_run"] or all(file["change"] == "same" for file in result["files"]):
        console.note("nothing was written" + (": --dry-run" if result["dry_run"] else ", there is nothing new"))
        return
    console.note(f"its {result['kind']}s work and are examples: put your own in their place")
    console.note(f"next, with pip 25.1 or newer: cd {result['path']} && pip install --editable . --group dev && pytest")
