"""Whether a run is kept, from flags and configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from llmspell.bridge.durable.opening import Durability
from llmspell.cli.arguments import rules
from llmspell.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from llmspell.bridge.session import SpellSession
    from llmspell.bridge.spell import SpellOptions
    from llmspell.cli.console import Console
    from llmspell.runtime.app import App


ALL = "--allow-all"
"""What is told of a run that may do everything."""


def given(args: argparse.Namespace) -> tuple[str, ...]:
    """Give the rights that flags grant and refuse, as rules, after `ALL` for a run that may do everything."""
    return (*((ALL,) if args.allow_all else ()), *rules(args))


def flags_of(rule: str) -> tuple[str, ...]:
    """Give the flags that give a right, or refuse it."""
    if rule == ALL:
        return (ALL,)
    return ("--deny", rule[1:]) if rule.startswith("!") else ("--allow", rule)


def durably(app: App, args: argparse.Namespace, console: Console, options: SpellOptions) -> SpellOptions:
    """Add to the options of a spell how its run is kept, if it is.

    Raises `UsageError` for flags that contradict each other.
    """
    if args.replay is not None and (args.record is not None or args.durable):
        message = "--replay answers from a recording and keeps nothing: it goes with neither --record nor --durable"
        raise UsageError(message)
    if args.replay is not None:
        return options._replace(durable=Durability(replay=Path(args.replay)))
    section = app.config.section("journal", app.catalog) if app.config.get("journal") is not None else None
    if not (args.durable or args.record is not None or (section is not None and section.durable)):
        return options
    record = None if args.record is None else Path(args.record)
    sync = cast("Literal['sync', 'async', 'exit']", args.sync or (section.sync if section is not None else "sync"))
    how = Durability(sync=sync, record=record, grants=given(args))

    def tell(session: SpellSession) -> None:
        console.note(f"run {session.run.id} is kept; should it be cut off: llmspell runs resume {session.run.id}")

    return options._replace(durable=how, prepare=None if record else tell)
