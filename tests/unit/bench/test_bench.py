"""The benches: arithmetic, verdicts, that no budget is left out, and that a broken bench is not a fast one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.__main__ import NAMES, PAGE, main, report
from tests.bench.budget import BEST_PEER, OURS, Budget
from tests.bench.budgets import BUDGETS
from tests.bench.contestants import PEERS
from tests.bench.page import markdown, text
from tests.bench.processes import run_once
from tests.bench.rows import row_of, rows_of
from tests.bench.runner import BENCHES, Measured, apart
from tests.bench.samples import Spread, contest, derived, ratio

if TYPE_CHECKING:
    from pathlib import Path

DESIGNED = {
    "--version": "3x python -c pass",
    "--help": "4.5x python -c pass",
    "one-line Lua spell, inline": "8x python -c pass",
    "one-line Lua spell in a child, above inline": "21 ms CPU",
    "agent creation": "1.5x agno",
    "an idle agent": "4 KiB",
    "one call": "1.2x raw httpx",
    "tool loop": "1.5x raw httpx",
    "tool loop, all on": "1.8x raw httpx",
    "1 000 loops at 50 ms": "0.7x raw httpx",
    "1 000 loops at 50 ms, over the best peer": "0.25x best peer",
    "a running agent of 1 000": "40 KiB",
    "stream chunk": "2x raw httpx",
    "hook, nobody listens": "0.1 us",
    "hook, 1": "1x pluggy",
    "hook, 5": "1x pluggy",
    "hook, 5 async, one deadline": "4 us",
    "event to 1": "0.5x pyee",
    "event to 10": "0.5x pyee",
    "event to 100": "0.5x pyee",
    "Lua call, inline": "5 us",
    "Lua call, child": "150 us",
    "Lua awaited call above its work, inline": "3 us",
    "Lua awaited call above its work, child": "150 us",
    "Lua spell ready above lupa, inline": "2 ms",
    "Lua spell ready, child": "30 ms",
    "Lua 1.2 KB in, inline": "1.5x lupa",
    "Lua 1.2 KB out, inline": "1.5x lupa",
    "Lua 62 KB in, child": "10 ms",
    "Lua 62 KB out, child": "10 ms",
    "Lua hook": "10 us",
    "JavaScript spell ready above V8, inline": "10 ms",
    "JavaScript spell ready, child": "180 ms",
    "JavaScript call and answer, inline": "200 us",
    "JavaScript call and answer, child": "400 us",
    "JavaScript call and answer of 1 000, inline": "15 us",
    "JavaScript call and answer of 1 000, child": "40 us",
    "latency of the kernel, Lua computes": "20 ms",
    "latency of the kernel, JavaScript computes": "20 ms",
    "latency of the kernel, Python computes": "20 ms",
    "a run with 100 plugins it does not use": "1.2x without",
    "schema of a new function": "0.5x pydantic-ai",
}
"""Every budget of the design whose component exists, with its goal."""

times = st.floats(0.001, 1e6)
A_BUDGET = Budget(what="work", bench="hooks", unit="us", goal=2, over="floor", floor="floor", peers=("one", "other"))


def samples(ours: float, **others: float) -> dict[str, list[float]]:
    return {name: [value] * 3 for name, value in ({OURS: ours} | others).items()}


def test_a_spread_is_the_median_and_the_extremes():
    assert Spread.of([5.0, 1.0, 9.0, 2.0, 3.0]) == Spread(3.0, 1.0, 9.0)


def test_a_ratio_compares_the_same_round():
    assert ratio([2.0, 40.0, 6.0], [1.0, 10.0, 3.0]) == Spread(2.0, 2.0, 4.0)


def test_a_ratio_needs_as_many_rounds_of_both():
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@given(st.lists(st.tuples(times, times), min_size=1))
def test_a_ratio_lies_between_its_extremes(rounds: list[tuple[float, float]]):
    found = ratio([mine for mine, _ in rounds], [theirs for _, theirs in rounds])
    assert found.low <= found.median <= found.high


async def test_contestants_take_turns_and_the_first_round_does_not_count():
    order: list[str] = []

    def turn(name: str):
        async def take() -> float:
            order.append(name)
            return float(len(order))

        return take

    taken = await contest({"a": turn("a"), "b": turn("b")}, rounds=2)
    assert order == ["a", "b"] * 3
    assert taken == {"a": [3.0, 5.0], "b": [4.0, 6.0]}


def test_a_derived_measure_is_computed_round_by_round():
    assert derived({"a": [3.0, 5.0], "b": [1.0, 1.5]}, lambda of: of["a"] - of["b"]) == [2.0, 3.5]


@pytest.mark.parametrize(
    ("ours", "verdict"), [(10.0, "met"), (20.0, "met"), (23.0, "missed, within noise"), (25.0, "missed")]
)
def test_the_verdict_on_a_ratio(ours: float, verdict: str):
    assert row_of(A_BUDGET, samples(ours, floor=10.0)).verdict == verdict


def test_the_best_peer_is_the_fastest_one_present():
    row = row_of(A_BUDGET, samples(1.0, floor=1.0, one=4.0, other=3.0))
    assert row.peer == ("other", Spread(3.0, 3.0, 3.0))


def test_a_goal_over_a_peer_who_is_not_here_is_neither_met_nor_missed():
    budget = Budget(what="work", bench="hooks", unit="us", goal=1, over=BEST_PEER, peers=("one",))
    assert row_of(budget, samples(1.0)).verdict == "no peer"


def test_a_measure_without_a_goal_is_shown():
    assert row_of(Budget(what="work", bench="hooks", unit="us"), samples(1.0)).verdict == "shown"


def test_a_bench_that_leaves_ourselves_out_is_an_error():
    with pytest.raises(KeyError):
        row_of(A_BUDGET, {"floor": [1.0]})


def test_a_budget_that_nobody_measured_is_an_error():
    with pytest.raises(LookupError, match="work"):
        rows_of((A_BUDGET,), {})


def test_a_missed_budget_says_its_cause():
    budget = Budget(what="work", bench="hooks", unit="us", goal=1, cause="the moon")
    page = markdown([row_of(budget, samples(2.0))], {})
    assert "- **work**: the moon." in page


def test_every_budget_of_the_design_has_a_row_with_its_goal():
    rows = rows_of(BUDGETS, {budget.contest: samples(1.0) for budget in BUDGETS})
    assert {row.what: row.goal for row in rows if row.what in DESIGNED} == DESIGNED


def test_a_goal_that_the_design_does_not_name_is_marked():
    budget = Budget(what="work", bench="hooks", unit="us", goal=2, chosen=True)
    row = row_of(budget, samples(1.0))
    assert (row.goal, row.verdict) == ("2 us *", "met")


def test_rows_have_one_name_each():
    assert len({budget.what for budget in BUDGETS}) == len(BUDGETS)


def test_every_contestant_of_a_budget_is_known():
    in_process = {"pluggy", "llm"}
    assert {peer for budget in BUDGETS for peer in budget.peers} <= {*PEERS, *in_process}


def test_every_bench_has_budgets_and_every_budget_a_bench():
    folder = PAGE.parents[2].joinpath(*BENCHES.split("."))
    assert {path.stem for path in folder.glob("*.py")} == set(NAMES)


def test_the_page_has_the_rows_of_the_budgets():
    lines = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    names = [line[0].removeprefix("| ") for line in lines[2:]]
    assert names == [budget.what for budget in BUDGETS]


def test_table_and_page_tell_the_same():
    rows = [row_of(A_BUDGET, samples(15.0, floor=10.0))]
    for cell in ("work", "2x floor", "15 (15 .. 15) us", "floor: 10", "1.5 (1.5 .. 1.5)", "met"):
        assert cell in text(rows)
        assert cell in markdown(rows, {})


def test_an_unknown_bench_is_a_usage_error(capsys: pytest.CaptureFixture[str]):
    assert main(["nonsense"]) == 2
    assert "hooks" in capsys.readouterr().err


def test_a_broken_bench_fails_and_leaves_the_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "broken_bench.py").write_text("async def measure(peers):\n    raise RuntimeError('no result')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    page = tmp_path / "page.md"
    found = apart("broken_bench")
    assert found is None
    assert report({"hooks": found}, page=page) == 1
    told = capfd.readouterr().err
    assert "no result" in told
    assert "these failed: hooks" in told
    assert not page.exists()


def test_a_bench_in_a_process_of_its_own_brings_back_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "small_bench.py").write_text("async def measure(peers):\n    return {'work': {'llmspell': [1.0]}}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert apart("small_bench") == Measured({"work": {OURS: [1.0]}}, {})


def test_a_command_that_fails_is_no_measure(tmp_path: Path):
    with pytest.raises(RuntimeError, match="status 3"):
        run_once(["sh", "-c", "exit 3"], cwd=tmp_path)
