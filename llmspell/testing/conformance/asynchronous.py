"""Async: calls that are awaited, side by side, left and given up."""

from __future__ import annotations

from llmspell.testing.conformance.expect import nobody_sleeps, returns, told
from llmspell.testing.conformance.item import Item, Only

WORDS = "an answer that is longer than one part of the scripted model"
WAITING = {"tool_calls": [{"name": "wait_for", "arguments": {"gate": "never"}}]}
ECHOING = {"tool_calls": [{"name": "echo", "arguments": {"value": 1}}]}
LUA = Only(languages=("lua",), because="coroutines that the script resumes itself are Lua's")
JAVASCRIPT = Only(languages=("javascript",), because="promises that nobody awaits are JavaScript's")
AWAIT = Only(languages=("javascript",), because="a call waits by itself: there is no `await` to write")

ITEMS: tuple[Item, ...] = (
    Item(1, "an awaited call returns its value",
         asks="Returns the result of the tool `echo`, called with `value` = `params.value`.",
         params={"value": "hello"}, expects=(returns("hello"),)),
    Item(2, "a hundred calls one after another",
         asks="Calls `tell` with 1 to 100, each after the last has answered, and returns the sum of the results.",
         expects=(returns(5050), told(*range(1, 101)))),
    Item(3, "a hundred calls side by side keep the order of their results",
         asks="Calls `meet` with `value` 1 to 100 and `of` 100 side by side; returns the list of results. The last to "
              "come is answered first.",
         expects=(returns(list(range(1, 101))),)),
    Item(4, "two sleeps side by side take the time of one",
         asks='Sleeps 50 ms twice side by side, then returns "awake". Nobody is woken before both are asleep.',
         wakes=(2,), expects=(returns("awake"), nobody_sleeps())),
    Item(5, "a call inside a nested function",
         asks='Returns `echo` of "deep", called in a function inside a function.', expects=(returns("deep"),)),
    Item(6, "a call inside a method of a script's class",
         asks='A method of an object with the name "ada" returns `echo` of "hello ada".',
         expects=(returns("hello ada"),)),
    Item(7, "a call inside try or pcall",
         asks='Returns `[true, echo of "tried"]`, the call being protected.', expects=(returns([True, "tried"]),)),
    Item(8, "a call inside the catch branch",
         asks='Raises an error, catches it and there returns `echo` of "caught".', expects=(returns("caught"),)),
    Item(9, "a call inside finally or a closing variable",
         asks='A function tells "worked" and raises; on leaving it tells "closed". The spell catches and returns '
              "false.",
         expects=(returns(False), told("worked", "closed"))),
    Item(10, "a call inside the body of a generator or iterator",
         asks="A generator yields `echo` of 1, 2 and 3; the spell returns them as a list.",
         expects=(returns([1, 2, 3]),)),
    Item(11, "a loop over a stream of the kernel",
         asks='Joins the `text` of the text parts of `agent.stream("go")`.',
         steps=({"text": WORDS},), expects=(returns(WORDS),)),
    Item(12, "leaving the loop over a stream closes it in the kernel",
         asks='Streams an agent that has the tool `wait_for`. At the part `finish` it waits for the gate "never '
              'awaited" and leaves the loop; then it returns `wait_for` of the gate "never given up" with the value '
              '"closed".',
         steps=(WAITING, {"text": "never said"}), expects=(returns("closed"),)),
    Item(13, "an error in the middle of a stream surfaces at the loop",
         asks="Streams an agent that has the tool `echo`, catches the error and returns `[false, its type, whether a "
              "part was seen]`.",
         steps=(ECHOING, {"error": {"type": "authentication", "message": "the key was withdrawn"}}),
         expects=(returns([False, "authentication", True]),)),
    Item(14, "Async.run drives a coroutine of the script",
         asks="`Async.run` of a coroutine that yields `echo` of 1 and returns `echo` of 2.", only=LUA,
         expects=(returns(2),)),
    Item(15, "calls pass through coroutines three deep",
         asks="Three coroutines, one inside the other, add `echo` of 1 each to `echo` of 39.", only=LUA,
         expects=(returns(42),)),
    Item(16, "a wrapped coroutine as an iterator",
         asks="Iterates over i and its square for 1 to 3, telling i on the way; returns the sums.", only=LUA,
         expects=(returns([2, 6, 12]), told(1, 2, 3))),
    Item(17, "closing a suspended coroutine runs what it closes",
         asks='A coroutine with a closing variable that notes "closed" is resumed, yields "suspended" and is closed; '
              "returns what it yielded, what closing gave, its status and what was noted.",
         only=LUA, expects=(returns(["suspended", True, "dead", "closed"]),)),
    Item(18, "a call inside a comparator works or names the place",
         asks="Sorts 3, 1, 2 with a comparator that calls `echo`.",
         only=Only(languages=("lua",), because="a comparator is no place to await in this language"),
         expects=(returns([1, 2, 3]),)),
    Item(19, "a bare yield is one turn of the loop",
         asks="Two jobs note a1 and b1, yield, and note a2 and b2; the main chunk yields, too, and returns the notes.",
         only=LUA, expects=(returns(["a1", "b1", "a2", "b2"]),)),
    Item(20, "await at the top of a spell", asks='Returns `echo` of "top", awaited outside any function.', only=AWAIT,
         expects=(returns("top"),)),
    Item(21, "a main function that nobody awaits is waited for",
         asks='Calls an async function without await; it calls `echo`, then tells "reached".',
         only=JAVASCRIPT, expects=(told("reached"),)),
    Item(22, "the loser of a race is harmless",
         asks='Races `echo` of "first" with a job that waits for the gate "later" and then fails; opens the gate and '
              "returns the winner's value.",
         only=JAVASCRIPT, expects=(returns("first"),)),
    Item(23, "Async.all, race and all_settled give the same in every language",
         asks="Returns all of two echoes; a race won by echo; of all_settled `[status, value, status, message]`; the "
              "type of the error of all with a job that calls `fail`.",
         expects=(returns([[1, 2], "fast", ["fulfilled", "ok", "rejected", "no"], "rate_limit"]),)),
    Item(24, "Async.timeout raises an error of type timeout and cancels the call",
         asks='A timeout of 50 ms round `wait_for` of the gate "never"; returns `[false, the error\'s type, wait_for '
              'of "never given up" with the value "cancelled"]`.',
         wakes=(1,), opened="never awaited", expects=(returns([False, "timeout", "cancelled"]), nobody_sleeps())),
    Item(25, "Async.retry counts its attempts",
         asks='Retries up to four times what succeeds with "third time" at its third attempt, then twice what always '
              "calls `fail`; returns `[value, attempts, false, type of the error, attempts]`.",
         expects=(returns(["third time", 3, False, "rate_limit", 2]),)),
    Item(26, "Async.schedule fires, and is cancelled at the end of the run",
         asks='Schedules in 50 ms what tells "fired" and opens the gate "fired", and in a minute what tells "too '
              'late"; returns `wait_for` of "fired" with the value "over".',
         wakes=(2,), expects=(returns("over"), told("fired"), nobody_sleeps())),
)  # fmt: skip
