"""Hold a spell to its header: ask for what is missing, and grant no more than it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.services.permission_header import Header
    from llmspell.services.permissions import Grants

EVERY = "=*"
"""End of a rule for every target: a bound for what will be granted, and nothing to ask a person about."""


async def hold_to(run: Run, header: Header) -> None:
    """Give a run what its spell asks for and the user grants, before the spell begins."""
    held = cast("Grants", run.scope.grants)
    wanted = missing(header, held)
    if wanted and run.app.asker is not None and held.whole:
        answer = await run.app.asker.many(header.name, wanted)
        about = {"right": "", "target": wanted, "who": header.name, "answer": answer}
        await run.app.events.emit("permission_asked", about, run=run.id, source=header.name)
        if answer != "no":
            held = held.extended(wanted)
        elif run.holding is not None and run.holding.questions is not None:
            run.holding.questions.refuse(wanted)
    run.scope.grants = held.intersect(header.limit(run.working))


def missing(header: Header, held: Grants) -> list[str]:
    """Give the rules of a header that are not granted, but for those that a rule denies."""
    return [
        rule
        for rule in header.rules
        if not rule.endswith(EVERY) and not held.holds(rule) and not held.denies(*rule.split("=", 1))
    ]


def within(ctx: CallContext, header: Header | None) -> CallContext:
    """Give the context of a spell that another one loads: with no more than both ask for."""
    if header is None:
        return ctx
    grants = cast("Grants", ctx.scope.grants).intersect(header.limit(ctx.run.working))
    return ctx.within(None, header.name, scope=ctx.scope.child("spell", header.name, grants=grants))
