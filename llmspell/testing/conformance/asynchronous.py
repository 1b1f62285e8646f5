"""Async: calls that are awaited, side by side, left and given up."""

from __future__ import annotations

from llmspell.testing.conformance.expect import nobody_sleeps, returns, told
from llmspell.testing.conformance.item import Item

ECHO = "the tool `echo`, whose result is what it was given as `value`"

ITEMS: tuple[Item, ...] = (
    Item(1, "an awaited call returns its value", asks=f"Returns the result of {ECHO}.", params={"value": "hello"},
         expects=(returns("hello"),)),
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
)  # fmt: skip
