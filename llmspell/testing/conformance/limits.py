"""Limits and sandbox: items of the list. A run ends with a coded error; the kernel and other runs go on."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.runtime.host import Limits
from llmspell.testing.conformance.driver import MODULES, perform_again
from llmspell.testing.conformance.expect import notes, raises, returns, told
from llmspell.testing.conformance.item import CHILD, SECONDS, Item, Only, untried

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.testing.conformance.stage import Outcome, Stage

    Act = Callable[[Stage], Awaitable[None]]

MIB = 1 << 20
CPU = Limits(cpu=0.5, wall=SECONDS)
"""Enough for every engine to begin, and little to wait for."""
MEMORY = Limits(memory=96 * MIB, wall=SECONDS)
WALL = Limits(wall=1.0)
FLOOD = Limits(output=100_000, wall=SECONDS)
OUT_OF_TIME, OUT_OF_MEMORY, TOO_MUCH = 4004, 4005, 4009
WAYS_OUT = 4
CALM = "calm"
ECHOED = {"list": [1, "two"], "map": {"$h": 1.5}}

PCALL = Only(languages=("lua",), because="protected calls that call themselves without end are Lua's")
BYTECODE = Only(languages=("lua",), because="`string.dump` and binary chunks are Lua's")
MICROTASKS = Only(languages=("javascript",), because="microtasks and timers of the language are JavaScript's")
FUNCTION = Only(languages=("javascript",), because="`Function` and `eval` with globals of their own are JavaScript's")
ONE_LOOP = untried("inline, the kernel stands still while a script runs")
ONE_PROCESS = untried("inline, there is no process to end")


def again(*variants: Mapping[str, object], limits: Limits | None = None) -> Act:
    """Run the spell once more with each of these parameters, and note what it returns, or the code of its error."""

    async def act(stage: Stage) -> None:
        for params in variants:
            try:
                stage.notes.append(await perform_again(stage, params=params, limits=limits))
            except LlmspellError as error:
                stage.notes.append(error.code)

    return act


async def calm(stage: Stage) -> None:
    """Run a spell that does nothing but return a word: the kernel goes on."""
    (path,) = (stage.folder / MODULES).glob("calm.*")
    stage.notes.append(await perform_again(stage, path))


async def cancel_waiting(stage: Stage) -> None:
    """Cancel the spell while it waits."""
    await stage.gate("never awaited").wait()
    if stage.spell is not None:
        stage.spell.cancel()


async def cancel_busy(stage: Stage) -> None:
    """Cancel the spell while it computes, where that leaves the kernel free to do so."""
    if stage.isolation != CHILD:
        return
    stage.gate("begun").clear()
    busy = asyncio.ensure_future(perform_again(stage, params={"busy": True}))
    await stage.gate("begun").wait()
    busy.cancel()
    await asyncio.wait([busy])
    stage.notes.append("cancelled" if busy.cancelled() else "went on")


async def work_beside(stage: Stage) -> None:
    """Run another spell from its beginning to its end while this one computes, then end this one."""
    await stage.gate("begun").wait()
    await calm(stage)
    if stage.spell is not None:
        stage.notes.append("still busy" if not stage.spell.done() else "done")
        stage.spell.cancel()


async def kill_engine(stage: Stage) -> None:
    """Kill the process of the engine, as the system may when memory is short."""
    await stage.gate("never awaited").wait()
    for child in engines():
        os.kill(child, 9)


def engines() -> list[int]:
    """Give the processes of engines below this one, where the system lists them in /proc."""
    tasks = Path("/proc/self/task").iterdir()
    children = [int(one) for task in tasks for one in (task / "children").read_text().split()]
    return [one for one in children if b"engine_child" in Path(f"/proc/{one}/cmdline").read_bytes()]


def link_outside(folder: Path) -> None:
    """Make a link in the folder of modules, with the ending of each language, that leads out of the spell's folder."""
    for ending in {path.suffix for path in folder.iterdir() if path.is_file()}:
        (folder / MODULES / f"link{ending}").symlink_to(json.__file__)


def was_cancelled(outcome: Outcome) -> None:
    """Expect the spell to have been cancelled, and nothing to have come of it."""
    assert outcome.cancelled, f"it ended with {outcome.value!r}, {outcome.error!r}"


def busy_too(outcome: Outcome) -> None:
    """Expect that the spell could be cancelled while it computed, where the kernel could ask for it."""
    scene = outcome.scene
    assert scene.notes == (["cancelled"] if scene.isolation == CHILD else []), f"noted {scene.notes}"


def stopped_or_refused(outcome: Outcome) -> None:
    """Expect the limit of time, or an error that says that it would be passed."""
    code = getattr(outcome.error, "code", None)
    assert code in (OUT_OF_TIME, TOO_MUCH), f"it ended with {outcome.value!r}, {outcome.error!r}"


def all_refused(outcome: Outcome) -> None:
    """Expect each of four ways out to have been refused."""
    assert isinstance(outcome.value, list), f"it ended with {outcome.value!r}, {outcome.error!r}"
    assert len(outcome.value) == WAYS_OUT, f"the ways are {outcome.value}"
    assert set(outcome.value) <= {"security", "permission_denied"}, f"the ways are {outcome.value}"


def output_is_cut(outcome: Outcome) -> None:
    """Expect no more output than the limit allows."""
    size = sum(map(len, outcome.scene.printed))
    assert 0 < size <= FLOOD.output, f"{size} characters came through"


def signal_is_told(outcome: Outcome) -> None:
    """Expect the error to say which signal ended the process."""
    assert outcome.error is not None
    assert outcome.error.context.get("signal") == "SIGKILL", f"the context is {outcome.error.context}"


ITEMS: tuple[Item, ...] = (
    Item(70, "an endless loop ends at its limit", asks='Tells "begun" and loops without end.', limits=CPU, modules=True,
         after=calm, expects=(raises(code=OUT_OF_TIME, type="timeout"), told("begun"), notes(CALM))),
    Item(71, "a loop that catches everything ends, too",
         asks="Loops without end, in a loop without end that catches whatever the language can catch.",
         limits=CPU, modules=True, after=calm, expects=(raises(code=OUT_OF_TIME), notes(CALM))),
    Item(72, "so does one in a callback, a handler, a generator, on the way out",
         asks="Loops without end in the function of a tool that it calls; when `params.place` is `handler`, in a "
              'handler of the event "looped", which it emits; `coroutine`: in a generator or coroutine; `finally`: in '
              "what runs when a block is left.",
         limits=CPU, after=again(*({"place": place} for place in ("handler", "coroutine", "finally")), limits=CPU),
         expects=(raises(code=OUT_OF_TIME), notes(*[OUT_OF_TIME] * 3))),
    Item(73, "so does a pcall that calls itself", asks="Calls pcall of itself, for ever, in a coroutine.", only=PCALL,
         limits=CPU, modules=True, after=calm, expects=(raises(code=OUT_OF_TIME), notes(CALM))),
    Item(74, "so does a pattern that takes for ever, or it is refused",
         asks="Matches a pattern of the language's own that takes longer than anybody waits.",
         limits=CPU, modules=True, after=calm, expects=(stopped_or_refused, notes(CALM))),
    Item(75, "so does a loop of microtasks, or of timers",
         asks="Awaits nothing, for ever; when `params.place` is `timers`, each timer sets the next.",
         only=MICROTASKS, limits=CPU, after=again({"place": "timers"}, limits=WALL),
         expects=(raises(code=OUT_OF_TIME), notes(OUT_OF_TIME))),
    Item(76, "bombs of tables, text and buffers end at the limit of memory",
         asks="Keeps more and more small lists or objects; when `params.kind` is `text`, more and more text; `buffer`: "
              "more and more blocks of a megabyte.",
         limits=MEMORY, after=again({"kind": "text"}, {"kind": "buffer"}, limits=MEMORY),
         expects=(raises(code=OUT_OF_MEMORY, type="memory_limit"), notes(OUT_OF_MEMORY, OUT_OF_MEMORY))),
    Item(77, "so does one that the script catches",
         asks="Keeps more and more small lists or objects, catching whatever it can.",
         limits=MEMORY, modules=True, after=calm, expects=(raises(code=OUT_OF_MEMORY), notes(CALM))),
    Item(78, "recursion without end is an error that can be caught",
         asks='Calls a function that calls itself without end; returns `[whether that worked, echo of "on"]`.',
         expects=(returns([False, "on"]),)),
    Item(79, "a flood of output is cut", asks="Prints a thousand characters without end, catching whatever it can.",
         limits=FLOOD, modules=True, after=calm,
         expects=(raises(code=TOO_MUCH, type="resource_exhausted"), output_is_cut, notes(CALM))),
    Item(80, "ten thousand calls at once are refused",
         asks="Sleeps a minute ten thousand times side by side, and catches nothing.", modules=True, after=calm,
         expects=(raises(code=TOO_MUCH, type="resource_exhausted"), notes(CALM))),
    Item(81, "a run can be cancelled while it waits, and while it computes",
         asks='Opens the gate "begun" and waits for the gate "never"; with `params.busy` it loops instead.',
         beside=cancel_waiting, after=cancel_busy, expects=(was_cancelled, busy_too)),
    Item(82, "the run after a killed one works",
         asks='Makes a tool and loops without end; with `params.again` it returns `tell` of "again".',
         limits=CPU, after=again({"again": True}), expects=(raises(code=OUT_OF_TIME), notes("again"), told("again"))),
    Item(83, "no way to files, processes or the network",
         asks="Tries whatever the language has to reach them; returns the list of what it reached.",
         expects=(returns([]),)),
    Item(84, "modules outside of the spell's folder cannot be had",
         asks='Requires "../outside", "modules/../../outside", "/etc/hostname" and "modules/link", which is a link '
              "that leads out, each as the language writes it; returns the list of the types of the errors.",
         modules=True, lays=link_outside, expects=(all_refused,)),
    Item(85, "bytecode is refused",
         asks="Returns whether functions cannot be dumped, whether bytecode cannot be loaded, and the message of that.",
         only=BYTECODE, expects=(returns([True, True, "bytecode is never run"]),)),
    Item(86, "code made from text has the same walls",
         asks="Returns the types of `fetch`, `WebAssembly`, `process.binding` in a `Function`, 1 + 1 of it and of "
              "`eval`, and the type of `SharedArrayBuffer` in an indirect `eval`.",
         only=FUNCTION, expects=(returns(["undefined", "undefined", "undefined", 2, 2, "undefined"]),)),
    Item(87, "poisoned globals do not reach the bridge, nor the next run",
         asks='Spoils what it shares with the bridge; returns `echo` of `{"list": [1, "two"], "map": {"$h": 1.5}}`.',
         modules=True, after=calm, expects=(returns(ECHOED), notes(CALM))),
    Item(88, "two runs share nothing",
         asks="Returns whether it finds what it leaves behind in three places: its globals, a library, one more.",
         after=again({}), expects=(returns([False] * 3), notes([False] * 3))),
    Item(89, "the kernel works while a spell computes",
         asks='Opens the gate "begun" and loops without end.', modules=True, child_only=ONE_LOOP, beside=work_beside,
         expects=(was_cancelled, notes(CALM, "still busy"))),
    Item(90, "the death of a child is an error with its cause",
         asks='Waits for the gate "never".', child_only=ONE_PROCESS, modules=True, beside=kill_engine, after=calm,
         expects=(raises(code=4002, type="script", message="died (SIGKILL)"), signal_is_told, notes(CALM))),
)  # fmt: skip
