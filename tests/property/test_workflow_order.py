"""Whatever the order in which effects come back: a workflow has the same places, inputs and result."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.recorded import Recorded
from llmspell.testing.journal import MemoryJournal
from tests.property.workflow_worlds import Phase, Ran, races, ran, shapes

seeds = st.tuples(st.integers(0, 2**32), st.integers(0, 2**32))
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(journal: MemoryJournal) -> list[tuple[str, str, str]]:
    """Give each operation with its place and the digest of its input."""
    dump = [(one.path, one.operation, json.dumps(one.input, sort_keys=True, default=str)) for one in journal.asked]
    return sorted((path, operation, sha256(text.encode()).hexdigest()) for path, operation, text in dump)


@some
@given(shapes, seeds)
def test_places_inputs_and_results_do_not_depend_on_who_was_quicker(shape: Phase, order: tuple[int, int]) -> None:
    first, second = MemoryJournal(), MemoryJournal()
    one = asyncio.run(ran(shape, order[0], first))
    two = asyncio.run(ran(shape, order[1], second))
    assert places(first) == places(second)
    assert len({path for path, _, _ in places(first)}) == len(first.asked)
    assert one.result == two.result


@some
@given(races(), seeds, st.data())
def test_a_race_that_was_run_once_is_won_by_the_same(shape: Phase, order: tuple[int, int], data: st.DataObject) -> None:
    """Taken up after any of its records: nothing that has an outcome is done again, and the places are those there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.jsonl"
        one = asyncio.run(recorded(shape, order[0], path))
        records = list(read(path))
    cut = data.draw(st.integers(1, len(records)), label="cut")
    two = asyncio.run(ran(shape, order[1], RunJournal(None, Recorded(records[:cut]))))
    over = {record["p"] for record in records[:cut] if record["k"] == "done"}
    for settled in (path.removesuffix("/undo/1:order") for path in over if path.endswith("/undo/1:order")):
        undone = {place for place in one.done if place.startswith(f"{settled}/undo:")}
        assert undone == {place for place in {*over, *two.done} if place.startswith(f"{settled}/undo:")}
    assert "NonDeterminism" not in str(two.result)
    assert over.isdisjoint(two.done)
    if cut == len(records):
        assert two.result == one.result
        assert two.done == []


async def recorded(shape: Phase, seed: int, path: Path) -> Ran:
    journal = RunJournal(RunLog.create(path, {"k": "run", "id": "r", "seed": ""}, sync="exit"))
    try:
        return await ran(shape, seed, journal)
    finally:
        await journal.aclose()
