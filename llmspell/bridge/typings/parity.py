"""Every function, method and constructor by language; what an engine lacks is told with the reason it declares."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING, NamedTuple

from llmspell.bridge.spelling import camel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspell.bridge.typings.surface import Surface

LANGUAGES = ("lua", "javascript", "python")


class Row(NamedTuple):
    """One operation: `kind` is function, method or constructor, `names` says how it is written by language."""

    op: str
    kind: str
    names: Mapping[str, str]
    lacks: Mapping[str, str]


def rows(surface: Surface, lacks: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    """Yield every operation, aliases as rows of their own."""
    for owner in (*surface.namespaces, *surface.handles):
        is_handle = owner in surface.handles
        for function in owner.functions:
            for name in function.names:
                op = f"{owner.name}.{name}"
                spelled = {language: _spelled(owner.name, name, language, is_handle) for language in LANGUAGES}
                yield Row(op, "method" if is_handle else "function", spelled, _lacking(op, lacks))
    for name, _ in surface.constructors():
        shown = {"lua": f"{name}.new{{}}", "javascript": f"new {name}({{}})", "python": f"{name}()"}
        yield Row(name, "constructor", shown, _lacking(name, lacks))


def _spelled(owner: str, name: str, language: str, is_handle: bool) -> str:  # noqa: FBT001 - one of two kinds
    if language == "lua":
        return f"{owner}{':' if is_handle else '.'}{name}"
    if language == "javascript":
        if name == "new" and not is_handle:
            return f"new {owner}({{}})"
        return f"{owner}.{camel(name)}"
    return f"{owner}.{name}{'_' if iskeyword(name) else ''}"


def _lacking(op: str, lacks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {language: lacks[language][op] for language in LANGUAGES if op in lacks.get(language, {})}


def render(surface: Surface, lacks: Mapping[str, Mapping[str, str]]) -> str:
    """Give the table as Markdown."""
    head = [
        "# The script API by language",
        "",
        "Generated from the definition. A cell with a dash is what an engine lacks; the reason stands below the table.",
        "",
        "| kind | Lua | JavaScript | Python |",
        "| --- | --- | --- | --- |",
    ]
    lines, notes = [], []
    for row in rows(surface, lacks):
        cells = ["-" if language in row.lacks else f"`{row.names[language]}`" for language in LANGUAGES]
        lines.append(f"| {row.kind} | {' | '.join(cells)} |")
        notes += [f"- `{row.op}` in {language}: {reason}" for language, reason in row.lacks.items()]
    return "\n".join([*head, *lines, *(["", *notes] if notes else [])]) + "\n"


def document(surface: Surface, lacks: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """Give the table for programs: `{languages, rows: [{op, kind, names, lacks}]}`."""
    return {"languages": list(LANGUAGES), "rows": [row._asdict() for row in rows(surface, lacks)]}
