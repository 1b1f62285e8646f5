"""The errors of look-ups: what is missing or claimed twice, who is concerned, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ComponentNotFoundError, ComponentUnavailableError, NameClashError, ToolNotFoundError
from llmspell.kernel.strangers import told
from llmspell.model.near import LONGEST, near_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspell.errors import LlmspellError
    from llmspell.kernel.plugins import PluginReport
    from llmspell.spec.descriptor import Component

NOT_FOUND: dict[str, type[LlmspellError]] = {"tool": ToolNotFoundError}
"""Kinds whose missing component has an error, and so a numeric code, of its own."""

_SUGGESTED = 3


def not_found(kind: str, ref: str, known: Iterable[str], absent: Sequence[PluginReport]) -> LlmspellError:
    """Say that there is no such component, with the nearest names and the plugins that may have had it."""
    ref = ref if len(ref) <= LONGEST else f"{ref[:LONGEST]}..."  # a name may be a text of megabytes
    suggestions = [f"did you mean {name!r}?" for name in near_words(ref, known, n=_SUGGESTED)]
    suggestions += [_hint(kind, report) for report in absent[:_SUGGESTED]]
    if len(absent) > _SUGGESTED:
        suggestions.append(f"{len(absent) - _SUGGESTED} more plugins are absent; `llmspell plugins doctor` lists them")
    suggestions = suggestions or ["install a plugin that provides it; `llmspell plugins list` shows what is there"]
    error = NOT_FOUND.get(kind, ComponentNotFoundError)
    return error(
        f"there is no {kind.replace('_', ' ')} {ref!r}", suggestions=suggestions, context={"kind": kind, "name": ref}
    )


def provider(component: Component) -> str:
    """Name who provides a component, for people."""
    return f"plugin {component.plugin} ({component.dist})" if component.dist else f"plugin {component.plugin}"


def unavailable(component: Component, error: BaseException) -> ComponentUnavailableError:
    """Say that a component's target could not be imported, and why."""
    who = provider(component)
    message = f"{component.kind} {component.name!r} of {who} cannot be used: {told(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        remedy = f"install the package that provides the module {error.name!r}"
    else:
        remedy = f"reinstall {component.dist or component.plugin} or report it to its author"
    context = {slot: getattr(component, slot) for slot in ("kind", "name", "plugin", "dist", "target")}
    return ComponentUnavailableError(message, suggestions=[remedy], context=context)


def absent_plugin(kind: str, ref: str, report: PluginReport) -> ComponentUnavailableError:
    """Say that the plugin which was named is not there, and why."""
    message = f"{kind} {ref!r} cannot be used: plugin {report.name} is {report.state}: {report.error}"
    remedies = report.error.suggestions if report.error else ()
    context = {"kind": kind, "name": ref, "plugin": report.name, "dist": report.dist}
    error = ComponentUnavailableError(
        message, suggestions=[*remedies, "see `llmspell plugins doctor`"], context=context
    )
    error.__cause__ = report.error
    return error


def _hint(kind: str, report: PluginReport) -> str:
    who = f"plugin {report.name} ({report.dist or report.source})"
    return f"see `llmspell plugins doctor`: {who}, which may provide this {kind}, is {report.state}: {report.error}"


def clash(kind: str, name: str, components: Iterable[Component]) -> NameClashError:
    """Say that several plugins claim one name, and both remedies."""
    components = list(components)
    owners = " and ".join(provider(component) for component in components)
    remedies = [f"write {component.plugin}:{name}" for component in components]
    remedies += [f"block one with -p no:{component.plugin}" for component in components if component.dist]
    return NameClashError(
        f"the {kind} name {name!r} is claimed by {owners}",
        suggestions=[", or ".join(remedies)],
        context={"kind": kind, "name": name, "owners": [component.qualified for component in components]},
    )
