"""Labels of a run, and what they forbid: private data, text from outside and a way out are never together unwatched.

A run collects labels of what its tools, memory and state gave; they do not go away. While it has both, an outward call
that a model makes waits for a person, who sees its exact bytes. What was approved is what runs: the core compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell.errors import PermissionDeniedError
from llmspell.services.permission_holding import PRIVATE, UNTRUSTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.kernel.scope import Scope
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.spec import Component
    from llmspell.spec.tools import ToolOutput

APPROVED: Final = "approved"
"""Kind of the scope in which an approved call runs: what it does in turn needs no second approval."""

KEPT: Final = "labels"
"""Where `RunState.data` has the labels of the run, by label their sources."""


class Approved(NamedTuple):
    """Say of a call that a model made what a person approved: the hash of it under this name, empty for any."""

    name: str = ""
    digest: str = ""


DECIDED: Final = Approved()
"""A call that the loop looked at and nobody had to approve."""


def both(run: Run) -> bool:
    """Tell whether a run holds private data and text from outside."""
    return UNTRUSTED in run.labels and PRIVATE in run.labels


def noted(run: Run, data: dict[str, object]) -> dict[str, object]:
    """Keep the labels of a run in the state of an agent's run, and give what its result says of them."""
    if not run.labels:
        return {}
    data[KEPT] = {label: list(run.labels[label]) for label in sorted(run.labels)}
    return {"labels": sorted(run.labels)}


def restore(run: Run, data: Mapping[str, object]) -> None:
    """Label a run that goes on with a state from elsewhere; labels that are damaged count as all of them."""
    kept = data.get(KEPT)
    holding = run.holding if kept and run.labelling != "off" else None
    if holding is not None:
        known = kept if isinstance(kept, dict) else dict.fromkeys((UNTRUSTED, PRIVATE))
        for label, sources in known.items():
            holding.label(label, map(str, sources) if isinstance(sources, list) else ("a run taken up",))


def exact(tool: str, arguments: Mapping[str, object]) -> str:
    """Write a call as the bytes that a person approves: ASCII, and in one way only."""
    try:
        return f"{tool} {json.dumps(dict(arguments), ensure_ascii=True, sort_keys=True, default=repr)}"
    except (TypeError, ValueError, RecursionError):  # no model made these: a hook did, and nobody approved them
        return f"{tool} {arguments!a}"


def digest(tool: str, arguments: Mapping[str, object]) -> str:
    """Give the hash of these bytes."""
    from hashlib import sha256  # noqa: PLC0415 - few calls are approved

    return sha256(exact(tool, arguments).encode()).hexdigest()


def why(run: Run) -> str:
    """Say why a call waits."""
    private, untrusted = (", ".join(run.labels[label][:3]) for label in (PRIVATE, UNTRUSTED))
    return f"it sends data out, and this run has read private data ({private}) and text from outside ({untrusted})"


def check(ctx: CallContext, component: Component, arguments: Mapping[str, object], approved: Approved | None) -> None:
    """Let an outward call through, or raise `PermissionDeniedError`.

    `approved` is None for a call that a model did not make itself: a tool within its tool.
    """
    if approved is not None:
        if approved.digest and digest(approved.name, arguments) != approved.digest:
            message = f"tool {component.name!r} was not run: its call differs from what a person approved"
            raise _denied(message, component, "a hook changed the approved call: change calls before they are approved")
    elif ctx.spending is not None and both(ctx.run) and not _in_approved(ctx):
        message = f"tool {component.name!r} was not run on behalf of a model: {why(ctx.run)}"
        advice = "say `risk = 'outward'` of the tool that the model calls: then a person is asked before it runs"
        raise _denied(message, component, advice)


def tell(labels: frozenset[str], ctx: CallContext) -> None:
    """Label the run by what one of its tools is about to say."""
    if labels and (holding := ctx.run.holding) is not None:
        for label in labels:
            holding.label(label, (ctx.who,))


def tell_again(labels: object, ctx: CallContext) -> None:
    """Label the run by what a tool gave, or said as it failed, in an earlier life of it."""
    if isinstance(labels, Iterable) and ctx.run.labelling != "off":
        tell(frozenset(map(str, labels)), ctx)


def mark(labels: frozenset[str], ctx: CallContext, output: ToolOutput, *, script: bool) -> ToolOutput:
    """Label what a tool gave, and its run; scripts find the labels in the metadata of the result.

    A function of a `script` may hand on whatever the run has seen.
    """
    tell(labels, ctx)
    found = {*labels, *ctx.seen, *(ctx.run.labels if script else ())}
    return output._replace(metadata={**output.metadata, "labels": sorted(found)}) if found else output


def _in_approved(ctx: CallContext) -> bool:
    scope: Scope | None = ctx.scope
    while scope is not None and scope.kind != APPROVED:
        scope = scope.parent
    return scope is not None


def _denied(message: str, component: Component, advice: str) -> PermissionDeniedError:
    context = {"target": component.name, "who": f"tool {component.name}", "labels": True}
    return PermissionDeniedError(message, suggestions=[advice], context=context)
