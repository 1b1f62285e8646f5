"""Errors: what a script catches, what leaves it, and what is said of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.testing.conformance.expect import command, raises, returns, told
from llmspell.testing.conformance.item import Item, Only

if TYPE_CHECKING:
    from llmspell.testing.conformance.stage import Outcome

BUSY = {"type": "rate_limit", "code": 7003, "message": "too many requests", "recoverable": True, "retry_after": 7.0}
INNARDS = re.compile(
    r"Traceback|site-packages|\bllmspell[_.]\w+[.:]|/llmspell/|\bNoneType\b|<\w+ object at|0x[0-9a-f]{6}"
)
"""What only the inside of the kernel, or of Python, would call something."""
FAULTS = 6
JAVASCRIPT = Only(
    languages=("javascript",),
    because="elsewhere an error is raised where somebody waits; what a forgotten task of Python raises is logged",
)


def _nothing_shows(outcome: Outcome) -> None:
    said = str(outcome.value)
    assert len(said.split("\n")) > FAULTS, f"too few errors were caught: {said}"
    found = INNARDS.findall(said)
    assert not found, f"{found} in {said}"


ITEMS: tuple[Item, ...] = (
    Item(27, "an error of the kernel has message, code, type, recoverable, suggestions, context",
         asks="Catches the error of `fail`; returns its message, code, type, recoverable, suggestions, retry_after and "
              "`context.asked`.",
         expects=(returns(["too many requests", 7003, "rate_limit", True, ["wait a little"], 7, 3]),)),
    Item(28, "the same fields after it was raised again",
         asks="Catches the error of `fail`, raises it again, catches that, raises it again.",
         expects=(raises(**BUSY, suggestions=("wait a little",)),)),
    Item(29, "an uncaught error ends the command with status, file, line and the script's stack",
         asks='`outer` calls `inner`, which raises "boom" on line 2; nobody catches it.', command=True,
         words=("--verbose",), expects=(command(1, "boom", "at: 029_uncaught", ":2", "in inner", "in outer"),)),
    Item(30, "an error value that is a table or an object keeps its fields",
         asks='A tool of the script raises a value with message "no", `order` 7 and `items` [1, 2]; the spell catches '
              "it and returns message, `value.order`, `value.items`.",
         expects=(returns(["no", 7, [1, 2]]),)),
    Item(31, "nil, null, a number or a text as an error",
         asks='Tools of the script raise 5, "text" and nothing (Python: exceptions of these); returns for each '
              '`[false, "string" for the type of the message, whether that contains it]`.',
         expects=(returns([[False, "string", True]] * 3),)),
    Item(32, "an error in a callback goes to its caller and not to the run",
         asks='A tool of the script raises "no"; the spell catches that and returns `[false, whether the message ends '
              'in "no", echo of "going on"]`.',
         expects=(returns([False, True, "going on"]),)),
    Item(33, "a syntax error names file and line", asks="The second line is no statement.",
         expects=(raises(type="syntax", code=4001, line=2),)),
    Item(34, "an error in a required module names the module",
         asks='Requires the module `broken` of the folder `modules`, which raises "the module is broken" on its third '
              "line.",
         modules=True, expects=(raises(message="the module is broken", file="broken", line=3),)),
    Item(35, "a shebang shifts no lines",
         asks="The first line is a `#!`; the third raises.",
         expects=(raises(message="on the third line", line=3),)),
    Item(36, "no path, frame or type of the kernel in what a script can see",
         asks="Provokes six and more faults: wrong arguments of a tool, a tool that crashes (`crash`), unknown names, "
              "values that cannot cross; returns message, stack and place of all as one text.",
         expects=(_nothing_shows,)),
    Item(37, "an error inside an error handler ends cleanly",
         asks='While "first" is handled, "second" is raised; the spell catches that, tells "caught" and raises it '
              "again.",
         expects=(raises(message="second"), told("caught"))),
    Item(38, "ErrorHandler.parse never raises",
         asks="Parses nine things that no error looks like, nil and a cycle among them; returns for each whether its "
              "type and message are texts.",
         expects=(returns([True] * 9),)),
    Item(39, "an unhandled rejection is reported",
         asks='An async function that nobody awaits calls `echo`, then raises "nobody looks" on line 3.',
         only=JAVASCRIPT, expects=(raises(message="nobody looks", line=3),)),
)  # fmt: skip
