"""Engines: what runs a spell.

An engine is a synchronous machine behind messages (`llmspell.spec.wire`). It knows no transport: the same machine
runs in the kernel's process, in a child process, or in a program that connects from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.spec.wire import Message


class EngineMachine(Protocol):
    """Run one spell. The descriptor's target is a class (or function) that makes one without arguments.

    The module of the target is imported in a child process that has the engine, the standard library and
    `llmspell.spec.wire`, and nothing else of llmspell: it must not import more.

    A machine with an attribute `speak` finds there, before the first message, a function that takes one `post` message
    and raises nothing: what a script prints or logs goes there at once, while it runs, and not out of `feed`.
    One with an attribute `stopping` may find there a function that says, when asked now and then, that the host wants
    a script that runs to stop.

    One with a method `interrupt` can be told, while `feed` runs, to end the input of an `eval` that runs, and nothing
    else: from a signal's handler, or from another thread.

    A machine for which crossing into the engine is dear may also have `feed_all(messages)`, which takes messages that
    came together and gives what `feed` would have given for each of them, in any order that a script cannot tell from
    it.

    A machine with a method `enclose` is told by it, before the first message, that it has a process of its own and that
    the walls around that stand: from here on it may change what belongs to the process.

    One with a method `rehearse` may be told by it, before that, that nobody waits for it yet: it does once what a
    process does slowly the first time, and leaves nothing of it that a script could tell.

    One that is told `durable` by hello must give the same messages for the same messages in any process, whatever its
    hash seed, time zone or locale are: see `llmspell.spec.wire`. Its host feeds it one message at a time, never by
    `feed_all`.
    """

    def feed(self, message: Message) -> list[Message]:
        """Take one message of the host, run until everything in the script waits, and give the messages that came out.

        Script failures are messages, never exceptions. An exception means that the engine itself is broken and ends
        the run.
        """
        ...

    def close(self) -> None:
        """Drop everything that belongs to the run; the machine is not used again."""
        ...


class EngineFactory(Protocol):
    """Make a fresh machine for one run."""

    def __call__(self) -> EngineMachine:
        """Give a machine that has seen no message."""
        ...


def engine(
    name: str,
    target: str,
    summary: str,
    *,
    extensions: Iterable[str],
    shebangs: Iterable[str] = (),
    language: str = "",
    data_floor: int = 0,
    resident_base: int = 0,
    aliases: Iterable[str] = (),
    capabilities: Iterable[str] = (),
    lacks: Mapping[str, str] | None = None,
    dialects: Mapping[str, str] | None = None,
    interpreter: str = "",
    **more: Any,
) -> Component:
    """Describe an engine.

    `extensions` are file endings with their dot; `shebangs` are the program names whose `#!` line means this engine.
    `data_floor` is the least number of bytes of private memory its process needs before a script counts (a JavaScript
    engine reserves its heap at start). `resident_base` is the most bytes of resident memory its process has before a
    script counts, which the memory limit of a run comes on top of; 0 means 64 MiB, enough for an interpreter with a
    small engine. `lacks` gives a reason for each function of the script API that its scripts do not have:
    `{"Async.schedule": "..."}`; `llmspell api --parity` shows it. `dialects` are those of its aliases that mean files
    of one ending, for text without a file: `{"typescript": ".ts"}`. `interpreter` is a target, `module:function`, that
    gives name and version of what runs the scripts, where no distribution tells it: `V8 14.4.258.23`.
    """
    extra = {
        "extensions": tuple(extensions),
        "shebangs": tuple(shebangs),
        "language": language or name,
        "data_floor": data_floor,
        "resident_base": resident_base,
        "lacks": dict(lacks or {}),
        "dialects": dict(dialects or {}),
        "interpreter": interpreter,
    }
    return Component(
        "engine",
        name,
        target,
        summary,
        category="engine",
        aliases=aliases,
        capabilities=capabilities,
        extra=extra,
        **more,
    )


@hookspec
def llmspell_engines() -> list[Component]:
    """Return the script engines of this plugin, made with `engine()`.

    Called once, when the first script is to be run.
    """
    return []
