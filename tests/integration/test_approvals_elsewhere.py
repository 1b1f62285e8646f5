"""Runs that wait for a person, taken up by another process: every decision about four calls side by side."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from llmspell.runtime.app import App
from tests.integration.resuming import noting, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CALLS = 4
ENDS = {"approve": "done", "reject": "refused"}


def calls(number: int) -> list[dict[str, object]]:
    """Give the calls of one answer: four that wait, and one between them that needs nobody."""
    made: list[dict[str, object]] = [{"name": "note", "arguments": {"run": number, "n": n}} for n in range(CALLS)]
    return [*made[:2], {"name": "free", "arguments": {"run": number, "n": 9}}, *made[2:]]


async def begun(number: int, effects: Path) -> Any:
    async with App.open() as app, app.run("here") as run:
        agent = await noting(run, effects, [{"tool_calls": calls(number)}])
        return json.loads(json.dumps(shown(await agent.execute("go"))))


async def elsewhere(effects: Path, runs: Sequence[Mapping[str, object]]) -> Any:
    given = {"effects": str(effects), "steps": [{"text": "end"}], "runs": runs}
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.integration.resuming"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def noted(effects: Path) -> dict[int, list[int]]:
    """Give what each run did, in whatever process."""
    found: dict[int, list[int]] = {}
    for line in effects.read_text(encoding="utf-8").splitlines():
        run, n = map(int, line.split())
        found.setdefault(run, []).append(n)
    return {run: sorted(numbers) for run, numbers in found.items()}


async def test_every_decision_about_four_calls_is_carried_out_once_in_another_process(tmp_path):
    effects = tmp_path / "effects"
    choices = list(itertools.product(("approve", "reject"), repeat=CALLS))
    assert len(choices) == 2**CALLS
    paused = [await begun(number, effects) for number in range(len(choices))]
    assert noted(effects) == {number: [9] for number in range(len(choices))}
    runs = [
        {"state": one["state"], "decisions": dict(zip(one["pending"], chosen, strict=True))}
        for one, chosen in zip(paused, choices, strict=True)
    ]
    for number, (ended, chosen) in enumerate(zip(await elsewhere(effects, runs), choices, strict=True)):
        outcomes = [[n, ENDS[verdict]] for n, verdict in enumerate(chosen)]
        assert ended["outcomes"] == [*outcomes[:2], [9, "done"], *outcomes[2:]]
        assert (ended["status"], ended["content"], ended["requests"]) == ("done", "end", 2)
        approved = [n for n, verdict in enumerate(chosen) if verdict == "approve"]
        assert noted(effects)[number] == sorted([*approved, 9])


async def test_any_of_four_calls_may_be_decided_first_and_the_rest_in_a_third_process(tmp_path):
    effects = tmp_path / "effects"
    subsets = [set(chosen) for size in range(CALLS + 1) for chosen in itertools.combinations(range(CALLS), size)]
    assert len(subsets) == 2**CALLS
    paused = [await begun(number, effects) for number in range(len(subsets))]
    ids = paused[0]["pending"]

    def decisions(chosen: set[int]) -> dict[str, str]:
        return {ids[n]: "approve" for n in sorted(chosen)}

    first = [
        {"state": one["state"], "decisions": decisions(chosen)} for one, chosen in zip(paused, subsets, strict=True)
    ]
    halfway = await elsewhere(effects, first)
    for number, (one, chosen) in enumerate(zip(halfway, subsets, strict=True)):
        assert one["pending"] == [id_ for n, id_ in enumerate(ids) if n not in chosen]
        assert one["status"] == ("done" if len(chosen) == CALLS else "paused")
        assert noted(effects)[number] == sorted([*chosen, 9])
    rest = [
        {"state": one["state"], "decisions": decisions(set(range(CALLS)) - chosen)}
        for one, chosen in zip(halfway, subsets, strict=True)
        if one["status"] == "paused"
    ]
    for one in await elsewhere(effects, rest):
        assert one["outcomes"] == [[n, "done"] for n in (0, 1, 9, 2, 3)]
        assert (one["status"], one["requests"]) == ("done", 2)
    assert noted(effects) == {number: [0, 1, 2, 3, 9] for number in range(len(subsets))}
