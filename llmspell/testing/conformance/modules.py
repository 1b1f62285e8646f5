"""Modules and run: items of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.testing.conformance.expect import command, prints, returns, same, stage, told
from llmspell.testing.conformance.item import Item, Only

if TYPE_CHECKING:
    from llmspell.testing.conformance.stage import Outcome, Stage

PARAMS = {
    "text": "text", "whole": 1, "half": 0.5, "yes": True, "no": False, "list": [1, 2, 3], "map": {"inside": "deep"},
}  # fmt: skip
VALUES = ["text", 2, 1, True, 3, "deep", True, PARAMS]
COMPONENT_MISSING = 5


def knows_where_it_is(outcome: Outcome) -> None:
    """Expect the engine's own name, a version, and whether walls stand."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    assert isinstance(outcome.value, list), f"the spell returned {outcome.value!r}"
    engine, version, sandboxed = outcome.value
    (found,) = outcome.scene.app.catalog.list("engine")
    assert engine == found.name, f"ENGINE is {engine!r}"
    assert version is True, "VERSION is no version"
    assert isinstance(sandboxed, bool), f"SANDBOX_ENABLED is {sandboxed!r}"


def counted_once(scene: Stage) -> bool:
    """Expect the module to have run once."""
    return [*scene.told, *scene.printed].count("counted") == 1


def prints_in_order(outcome: Outcome) -> None:
    """Expect the lines in order, and the log nowhere among them; what stands between two words is the language's."""
    found = [line.split() for line in outcome.scene.printed]
    assert found == [["one", "1"], ["two"], [], ["three", "four"]], f"printed {outcome.scene.printed!r}"


def result_is_whole(outcome: Outcome) -> None:
    """Expect the result; a key for nothing may be there or not."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    assert isinstance(outcome.value, dict), f"the spell returned {outcome.value!r}"
    found = {key: value for key, value in outcome.value.items() if value is not None}
    assert same(found, {"text": "done", "list": [1, 2.5, {"deep": True}]}), f"the spell returned {outcome.value!r}"


def said_before(outcome: Outcome) -> None:
    """Expect what was printed before the end on standard output, and nothing of the error."""
    assert outcome.out == "before\n", f"standard output is {outcome.out!r}"


ITEMS: tuple[Item, ...] = (
    Item(91, "the API can be had by name, whole and in parts",
         asks="Requires or imports `llmspell` by each name it has, and some of its namespaces; returns whether all of "
              "them are what the globals are.",
         expects=(returns(True),)),
    Item(92, "a module of the spell runs once, and two that need each other have a defined end",
         asks='Requires "modules/counted", which has `word` and tells or prints "counted", twice; then "modules/round" '
              'and, through it, "modules/about", which needs that again. Returns whether both of the first are the '
              "same, its word, and whether the circle ended as the language has it.",
         modules=True, expects=(returns([True, "module", True]), stage(counted_once))),
    Item(93, "parameters keep their types",
         asks="Returns `[text, whole + 1, half * 2, yes and not no, length of list, map.inside, whether nothing is "
              "nothing, all of them]` of `params`.",
         params=PARAMS, expects=(returns(VALUES),)),
    Item(94, "a spell knows its engine, the version, and whether it is walled in",
         asks="Returns `[ENGINE, whether VERSION looks like one, SANDBOX_ENABLED]`.", expects=(knows_where_it_is,)),
    Item(95, "what is printed comes in order, and logs apart from it",
         asks='Prints "one" and 1, logs "between", tells "told", prints "two", an empty line, and "three" and "four" '
              "in two lines at once.",
         expects=(prints_in_order, told("told"))),
    Item(96, "TypeScript",
         asks="Uses types, an enum, parameter properties, generics, `import type` and `satisfies`; returns `echo` of "
              '"box Green", and 2.',
         only=Only(languages=("javascript",), because="TypeScript compiles to JavaScript"),
         expects=(returns(["box Green", 2]),)),
    Item(97, "what a spell returns is the result",
         asks='Returns `{"text": "done", "list": [1, 2.5, {"deep": true}]}`, with nothing else, or with nothing as '
              "`nothing`.",
         expects=(result_is_whole,)),
    Item(98, "the kind of an error is the exit status of the command",
         asks='Prints "before" and asks `Tools.get` for "nobody_has_this_tool".', command=True,
         expects=(command(COMPONENT_MISSING, "nobody_has_this_tool"), said_before)),
    Item(99, "the same spell does the same in both places",
         asks='Hears the event "heard" with the word "first", which it emits; returns `[[2 * 4 by a tool of its own, '
              'echo of "echo"], the type of the error of "fail", the words it heard]`; prints the first as JSON.',
         expects=(returns([[8, "echo"], "rate_limit", ["first"]]), prints('[8,"echo"]'))),
)  # fmt: skip
