from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from llmspell.errors import HookError, RefusedError, ValidationError


async def register(guest, op: str, *points: str, arguments: tuple[Any, ...] = ()) -> Any:
    listener = await guest.call(op, *arguments)
    for point in points:
        await guest.call("Hooks.register", point, listener)
    return listener


async def test_a_logger_notes_beginning_and_end(spell, add, caplog) -> None:
    async def main(guest) -> Any:
        points = ("tool_execution_start", "tool_execution_complete")
        await register(guest, "Hooks.create_logger", *points, arguments=({"level": "info"},))
        await add(guest)

    with caplog.at_level(logging.INFO, "llmspell.spell"):
        await spell(main)
    first, second = [one.getMessage() for one in caplog.records if one.name == "llmspell.spell"]
    assert first == "before_tool_execution adder"
    assert second.startswith('after_tool_execution adder {"success": true, "timing": {"duration": ')


async def test_a_logger_may_write_json_to_standard_output(spell, add) -> None:
    printed: list[str] = []

    async def main(guest) -> Any:
        options = {"format": "json", "output": "stdout"}
        await register(guest, "Hooks.createLogger", "before_tool_execution", arguments=(options,))
        await add(guest)

    await spell(main, printed=printed)
    assert [json.loads(line) for line in printed] == [{"point": "before_tool_execution", "subject": "adder"}]


async def test_a_collector_counts_ends_and_failures(spell, add, guest_error) -> None:
    async def main(guest) -> Any:
        points = ("before_tool_execution", "after_tool_execution", "tool_error")
        collector = await register(guest, "Hooks.create_metrics_collector", *points)
        await add(guest)
        with pytest.raises(guest_error):
            await add(guest, left=-1)
        return await guest.call("listener.stats", collector)

    stats = await spell(main)
    assert (stats["executions"], stats["failures"]) == (2, 1)
    assert stats["subjects"]["adder"]["seconds"] == stats["seconds"] > 0


async def test_a_backend_nobody_has_is_refused(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Hooks.create_metrics_collector", {"backend": "prometheus"})

    with pytest.raises(ValidationError, match="must be 'memory'"):
        await spell(main)


async def test_a_validator_refuses_what_does_not_fit(spell, add) -> None:
    async def main(guest) -> Any:
        schema = {"properties": {"left": {"type": "integer", "maximum": 5}}}
        await register(guest, "Hooks.create_validator", "before_tool_execution", arguments=(schema,))
        assert (await add(guest, left=5))["sum"] == 6
        await add(guest, left=6)

    with pytest.raises(RefusedError, match="left"):
        await spell(main)


async def test_a_validator_elsewhere_is_an_error(spell, add) -> None:
    async def main(guest) -> Any:
        await register(guest, "Hooks.create_validator", "after_tool_execution", arguments=({},))
        await add(guest)

    with pytest.raises(HookError, match="before an operation"):
        await spell(main)


async def test_a_transformer_changes_input_and_output(spell, add) -> None:
    async def main(guest) -> Any:
        before = guest.function(lambda given: {**given, "left": given["left"] * 10})
        after = guest.function(lambda output: {**output, "result": {"sum": output["result"]["sum"] + 0.5}})
        await register(guest, "Hooks.create_transformer", "before_tool_execution", arguments=(before,))
        await register(guest, "Hooks.create_transformer", "after_tool_execution", arguments=(after,))
        return (await add(guest))["sum"]

    assert await spell(main) == 11.5


async def test_other_listeners_count_nothing(spell) -> None:
    async def main(guest) -> Any:
        return await guest.call("listener.stats", await guest.call("Hooks.create_logger"))

    assert await spell(main) == {}
