"""Objects between a kernel and a script that are both in the middle of saying something to the other."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llmspell.bridge.definition import Handle
from llmspell.bridge.handles import HandleTable
from llmspell.errors import ScriptRuntimeError

COUNT = 3
WHICH = st.integers(0, COUNT - 1)


class Thing(Handle):
    kind = "thing"


class Traffic(RuleBasedStateMachine):
    """Send objects, take them in, drop them and give them back, each at any moment.

    A script knows of an object the times it was received since its collector last found it gone: what the kernel sends
    after that is a new object to it, though the release of the old one may not have left yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = HandleTable()
        self.things = [Thing(None) for _ in range(COUNT)]  # type: ignore[arg-type]
        self.to_script: deque[tuple[Thing, tuple[str, int]]] = deque()
        self.to_kernel: deque[tuple[str, int, int]] = deque()
        self.held: dict[tuple[str, int], tuple[Thing, int]] = {}
        self.dropped: list[tuple[str, int, int]] = []

    @rule(which=WHICH)
    def kernel_sends(self, which: int) -> None:
        thing = self.things[which]
        self.to_script.append((thing, self.table.put(thing)))

    @rule()
    def script_hears(self) -> None:
        if self.to_script:
            thing, reference = self.to_script.popleft()
            known, times = self.held.get(reference, (thing, 0))
            assert known is thing, "one reference stood for two objects"
            self.held[reference] = thing, times + 1

    @rule(which=WHICH)
    def script_drops(self, which: int) -> None:
        for reference in [one for one, (thing, _) in self.held.items() if thing is self.things[which]]:
            _, times = self.held.pop(reference)
            self.dropped.append((*reference, times))

    @rule()
    def script_says(self) -> None:
        self.to_kernel.extend(self.dropped)
        self.dropped.clear()

    @rule()
    def kernel_hears(self) -> None:
        if self.to_kernel:
            self.table.give_back(*self.to_kernel.popleft())

    @invariant()
    def what_is_held_or_on_its_way_is_found(self) -> None:
        for thing, reference in self.to_script:
            assert self.table.get(*reference) is thing
        for reference, (thing, _) in self.held.items():
            assert self.table.get(*reference) is thing

    def teardown(self) -> None:
        """Let everything arrive and everything be dropped: nothing is left."""
        mentioned = {reference for _, reference in self.to_script} | set(self.held)
        while self.to_script:
            self.script_hears()
        for which in range(COUNT):
            self.script_drops(which)
        self.script_says()
        while self.to_kernel:
            self.kernel_hears()
        assert len(self.table) == 0
        for reference in mentioned:
            with pytest.raises(ScriptRuntimeError, match="it was released"):
                self.table.get(*reference)


TestTraffic = Traffic.TestCase
