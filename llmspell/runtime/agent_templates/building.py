"""Turn a whole template into what an agent is made of: its prompt, the tools that are there, and those that are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmspell.errors import ToolNotFoundError, ValidationError
from llmspell.model.near import near_words
from llmspell.model.schema_keys import camel
from llmspell.runtime.agent_templates.template import AgentTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspell.kernel.catalog import Catalog
    from llmspell.services.templates import TemplateService

_NEAREST = 3
_ALIKE = 0.7


@frozen(kw_only=True)
class Missing:
    """A tool that a template wants and nobody has: by its name, or by what it should be able to do (`capability`)."""

    name: str
    capability: bool = False
    why: str = ""
    near: tuple[str, ...] = ()

    def table(self) -> dict[str, object]:
        """Give it as JSON data."""
        about: dict[str, object] = {"capability" if self.capability else "tool": self.name}
        if self.why:
            about["why"] = self.why
        return {**about, "near": list(self.near)}

    def __str__(self) -> str:
        what = f"a tool that can {self.name!r}" if self.capability else f"the tool {self.name!r}"
        near = f" (there is {', '.join(self.near)})" if self.near else ""
        return f"{what}{f', {self.why}' if self.why else ''}{near}"


@frozen(kw_only=True)
class Built:
    """What an agent is made of. `chosen` says which tool stands for a capability."""

    template: AgentTemplate
    prompt: str
    tools: tuple[str, ...]
    missing: tuple[Missing, ...] = ()
    chosen: Mapping[str, str] = field(factory=dict)


def build(
    template: AgentTemplate, catalog: Catalog, templates: TemplateService, *, owner: str | None = None, name: str = ""
) -> Built:
    """Look the tools up and write the prompt.

    `owner` is the run whose own tools count, too; `name` is the agent's; without it the template says.
    Raises `ValidationError` for a prompt that names values nobody has.
    """
    shelf = _Shelf(catalog, owner)
    tools: list[str] = []
    missing: list[Missing] = []
    for wanted in template.tools or ():
        found = shelf.named(wanted)
        tools += [found] if found and found not in tools else []
        missing += [] if found else [Missing(name=wanted, near=shelf.near(wanted))]
    chosen: dict[str, str] = {}
    for capability, why in template.tool_capabilities.items():
        found = shelf.able(capability, tools)
        if found is None:
            missing.append(Missing(name=capability, capability=True, why=why))
            continue
        chosen[capability] = found
        tools += [] if found in tools else [found]
    missing += shelf.missing_of_workflows(template, {one.name for one in missing})
    prompt = _prompt(template, templates, name or template.agent_name or template.name, tools)
    return Built(template=template, prompt=prompt, tools=tuple(tools), missing=tuple(missing), chosen=chosen)


class _Shelf:
    """The tools that there are."""

    def __init__(self, catalog: Catalog, owner: str | None) -> None:
        self._catalog = catalog
        self._owner = owner

    def named(self, wanted: str) -> str | None:
        """Give the name of a tool that was named, None when there is none; a clash is an error."""
        try:
            return self._catalog.get("tool", wanted, owner=self._owner).name
        except ToolNotFoundError:
            return None

    def able(self, capability: str, tools: Sequence[str]) -> str | None:
        """Give a tool that can do something: one of those that were named, else the first, else one of that name."""
        able = [one.name for one in self._catalog.find("tool", capability=capability, owner=self._owner)]
        return next((one for one in tools if one in able), able[0] if able else self.named(capability))

    def near(self, wanted: str) -> tuple[str, ...]:
        """Give the tools whose names are most like this."""
        known = [one.name for one in self._catalog.list("tool", owner=self._owner)]
        return tuple(near_words(wanted, known, n=_NEAREST, cutoff=_ALIKE))

    def missing_of_workflows(self, template: AgentTemplate, known: set[str]) -> Iterator[Missing]:
        """Yield the tools that only workflows name and nobody has, each once."""
        for workflow, about in template.workflows.items():
            for step in about.get("steps", ()):
                named = [step["tool"]] if isinstance(step.get("tool"), str) else step.get("tools", ())
                for wanted in named:
                    if isinstance(wanted, str) and wanted not in known and self.named(wanted) is None:
                        known.add(wanted)
                        why = f"for step {step.get('name')!r} of workflow {workflow!r}"
                        yield Missing(name=wanted, why=why, near=self.near(wanted))


def _prompt(template: AgentTemplate, templates: TemplateService, name: str, tools: Sequence[str]) -> str:
    values: dict[str, Any] = {
        **{one: f"{{{{{one}}}}}" for one in template.context},  # left for each run to fill in
        **template.settings,
        "settings": template.settings,
        "name": name,
        "description": template.description,
        "capabilities": list(template.capabilities),
        "tools": list(tools),
    }
    parts = (_dedented(part) for part in (template.system_prompt, *template.prompt_additions))
    text = "\n\n".join(part for part in parts if part)
    try:
        rendered = templates.render(text, _both(values), strict=True)
    except ValidationError as error:
        message = f"the prompt of template {template.name!r} cannot be written: {error.message}"
        suggestions = [*error.suggestions, "name values that come with each run in `context`, others in [settings]"]
        raise ValidationError(message, suggestions=suggestions, context=error.context) from error
    rest = [f"- {key}: {_line(value)}" for key, value in template.settings.items() if not _named_in(text, key)]
    return "\n\n".join(part for part in (rendered.strip(), "\n".join(["Keep to this:", *rest]) if rest else "") if part)


def _named_in(prompt: str, key: str) -> bool:
    """Tell whether a prompt has a place for a setting; what has none is told at its end."""
    spellings = f"{re.escape(key)}|{re.escape(camel(key))}"
    return re.search(rf"\{{\{{[^}}]*\b(?:{spellings}|settings)\b", prompt) is not None


def _line(value: object) -> str:
    """Write a setting in one line: lists with commas, tables as `key: value` with semicolons."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_line(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_line(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int, float)):
        return " ".join(str(value).split())
    raise ValidationError(f"a setting that the prompt has no place for must be data, not {type(value).__name__}")


def _both(value: Any) -> Any:
    """Give tables whose keys can be named in both spellings."""
    if isinstance(value, Mapping):
        return {
            **{camel(str(key)): _both(one) for key, one in value.items()},
            **{key: _both(one) for key, one in value.items()},
        }
    return value


def _dedented(text: str) -> str:
    """Take the indentation away that a text has from standing within a program."""
    from textwrap import dedent  # noqa: PLC0415 - paid by an agent of a template

    first, newline, rest = text.partition("\n")
    return (first.strip() + newline + dedent(rest)).strip()
