"""Callbacks: functions of a script that the kernel calls while the script waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.testing.conformance.expect import notes, returns, told
from llmspell.testing.conformance.item import Item

if TYPE_CHECKING:
    from llmspell.testing.conformance.stage import Stage


async def _call_what_was_kept(stage: Stage) -> None:
    try:
        stage.notes.append(await stage.kept["mine"]({}))
    except LlmspellError as error:
        stage.notes.append(error.type)


ITEMS: tuple[Item, ...] = (
    Item(40, "a hook is called while a call of the same script is outstanding",
         asks='A hook at `before_tool_execution` notes "hook of <tool>"; the spell calls `echo` and notes its result '
              '"answered"; returns the notes.',
         expects=(returns(["hook of echo", "answered"]),)),
    Item(41, "a hook may itself await",
         asks='A hook at `before_agent_execution` sets `input.content` to `echo` of "changed"; returns '
              'what an agent answers to "as it was".',
         steps=({"text": "heard {{input}}"},), expects=(returns("heard changed"),)),
    Item(42, "a tool written in the script is called by the model's loop",
         asks="A tool `shout` of `text` returns `{loud = echo of the text in capitals}`; returns the answer of an "
              "agent that has it.",
         steps=({"tool_calls": [{"name": "shout", "arguments": {"text": "hey"}}]}, {"text": "{{results.0.loud}}!"}),
         expects=(returns("HEY!"),)),
    Item(43, "such a tool may call the same agent",
         asks='A tool `deeper` of an agent returns `{said = "ground"}` at its second call; at its first it asks the '
              'same agent "once more" and returns `{said = "under " .. answer}`; returns the answer to "go".',
         steps=({"tool_calls": [{"name": "deeper", "arguments": {}}]}, {"text": "<{{last.said}}>"}),
         expects=(returns("<under <ground>>"),)),
    Item(44, "two callbacks interleave and finish in reverse order",
         asks='A tool `job` of `name` tells "<name> begins", waits (a for the gate "b done", b for "b done awaited"), '
              'tells "<name> ends" and opens "<name> done"; a model calls it for a and b side by side.',
         steps=({"tool_calls": [{"name": "job", "arguments": {"name": one}} for one in "ab"]}, {"text": "done"}),
         expects=(returns("done"), told("a begins", "b begins", "b ends", "a ends"))),
    Item(45, "a callback is known by its identity: unregistering removes that one",
         asks="Two handlers of an event count; after one emission the first is unsubscribed by its function, after "
              "another `[whether it was there, its count, the other's]` is returned.",
         expects=(returns([True, 1, 2]),)),
    Item(46, "a callback is refused after the end of the run",
         asks='Registers a tool `mine` that returns "called", gives its name to `keep`, and returns what it gives.',
         after=_call_what_was_kept, expects=(returns("called"), notes("runtime"))),
    Item(47, "a callback that takes too long does not end the run",
         asks='A tool of the script with a timeout of "30ms" waits for the gate "never"; returns `[false, type of the '
              'error, echo of "going on"]`.',
         expects=(returns([False, "timeout", "going on"]),)),
    Item(48, "a callback is called from another task and another thread of the kernel",
         asks="Registers a tool `mine` that returns `echo` of `value` + 1; returns what `call` and `call_from_thread` "
              "get from it for 1 and 2.",
         expects=(returns([2, 3]),)),
    Item(49, "a condition and a mapping are functions of the script",
         asks="A workflow of the kind `line` has steps of the tool `echo`: the first, on the condition (a function) "
              "that the input's `value` is 1, is given 100 by a function; the second, likewise for 2, is given by a "
              "function what `echo` gives for 200; the third, when `{{gt value 2}}`, is given `{{value}}`. Returns the "
              "outputs for 1, 2 and 3.",
         expects=(returns([100, 200, 3]),)),
    Item(50, "an event handler that fails stops no other",
         asks="Of two handlers the first raises and the second notes `data.by`; returns the notes of two emissions.",
         expects=(returns([1, 2]),)),
    Item(51, "an event handler that awaits is driven to its end",
         asks="A handler notes `echo` of `data.by`; returns the notes of two emissions, after `Events.flush`.",
         expects=(returns([1, 2]),)),
    Item(52, "a thousand callbacks registered and released leave nothing behind",
         asks="Subscribes a hundred new functions side by side and then unsubscribes them; after the first time, and "
              "ten times later, it flushes the events and asks `callbacks`. Returns by how much that has grown.",
         expects=(returns(0),)),
)  # fmt: skip
