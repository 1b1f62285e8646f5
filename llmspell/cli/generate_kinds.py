"""The templates of `llmspell generate`: which there are and what each asks; nothing here imports cookiecutter.

A template is a folder `<kind>-plugin` of `cookiecutter/`, which a wheel holds inside the package and a checkout beside
it; `cookiecutter/README.md` describes its `cookiecutter.json`.
"""
# ruff: noqa: PTH100, PTH112, PTH113, PTH118, PTH120, PTH123, PTH208 - the table of verbs imports this: no pathlib

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import llmspell
from llmspell.errors import InternalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUFFIX = "-plugin"
_QUESTIONS = "cookiecutter.json"
_COMMON = "common"


class Question(NamedTuple):
    """One question of a template; `default` is text for Jinja, `rule` a name of `generate_rules.RULES`."""

    key: str
    prompt: str
    default: str
    choices: tuple[str, ...]
    rule: str
    silent: bool


class Template(NamedTuple):
    """What a template folder says of itself; `components` is the key of the question that lists them.

    `common` is the folder of what all templates have, `about` what its files ask of this one.
    """

    kind: str
    folder: str
    common: str
    summary: str
    prefix: str
    components: str
    questions: tuple[Question, ...]
    about: Mapping[str, object]

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """Give the choices of the questions that have some."""
        return {question.key: question.choices for question in self.questions if question.choices}


class Kinds(Sequence[str]):
    """The kinds that there are templates for, looked up when somebody asks: an import lists no folders."""

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        """Give kinds by their place."""
        return kinds()[index]

    def __len__(self) -> int:
        """Count the kinds."""
        return len(kinds())


def kinds() -> tuple[str, ...]:
    """List the kinds that there are templates for, by name."""
    return tuple(sorted(_folders()))


def template(kind: str) -> Template:
    """Read what the template of a kind asks; raises `UsageError` for a kind without one."""
    folder = _folders().get(kind)
    if folder is None:
        message = f"there is no template for the kind {kind!r}"
        raise UsageError(message, suggestions=[f"there are templates for: {', '.join(kinds())}"])
    with open(os.path.join(folder, _QUESTIONS), encoding="utf-8") as file:
        about = json.load(file)
    return Template(
        kind=kind,
        folder=folder,
        common=os.path.join(os.path.dirname(folder), _COMMON),
        summary=about["_summary"],
        prefix=about["_prefix"],
        components=about["_components"],
        questions=tuple(_questions(about)),
        about=about["_about"],
    )


def _questions(about: Mapping[str, Any]) -> Iterator[Question]:
    for key, raw in about.items():
        if not key.startswith("_"):
            choices = tuple(raw) if isinstance(raw, list) else ()
            yield Question(
                key=key,
                prompt=about["__prompts__"][key],
                default=choices[0] if choices else raw,
                choices=choices,
                rule="choice" if choices else about["_rules"][key],
                silent=key in about["_silent"],
            )


def _folders() -> dict[str, str]:
    """Find the folder of each kind."""
    package = os.path.dirname(os.path.abspath(llmspell.__file__))
    for place in (package, os.path.dirname(package)):
        home = os.path.join(place, "cookiecutter")
        names = os.listdir(home) if os.path.isdir(home) else ()
        found = {name.removesuffix(_SUFFIX): os.path.join(home, name) for name in names if name.endswith(_SUFFIX)}
        found = {kind: path for kind, path in found.items() if os.path.isfile(os.path.join(path, _QUESTIONS))}
        if found:
            return found
    message = "this installation of llmspell lacks its templates"
    raise InternalError(message, suggestions=["install llmspell again"])
