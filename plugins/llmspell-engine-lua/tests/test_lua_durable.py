"""Durable Lua spells: the same messages give the same answers."""

from __future__ import annotations

import json
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from llmspell.testing import DurableContract


class TestLuaIsDurable(DurableContract):
    target = "llmspell_engine_lua.machine:LuaMachine"
    spells = Path(__file__).parent / "durable"


WALK = """
local t, visited = {}, {}
for _, key in ipairs(params.keys) do t[key] = true end
local doomed = {}
for _, key in ipairs(params.doomed) do doomed[key] = true end
for key in %s do
  visited[#visited + 1] = key
  if doomed[key] then
    for gone in pairs(doomed) do t[gone] = nil end
  end
end
return JSON.encode(visited)
"""
KEYS = st.lists(
    st.integers(-50, 50) | st.floats(-9, 9) | st.text("abcxyz\u00e9", max_size=4) | st.booleans(), min_size=1
)


@pytest.mark.parametrize("way", ["pairs(t)", "next, t"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=KEYS, data=st.data())
def test_a_walk_visits_what_is_left_in_order(start, way, keys, data):
    doomed = data.draw(st.lists(st.sampled_from(keys)))
    walked = start(WALK % way, durable=True, now=1.0, params={"keys": keys, "doomed": doomed}).run()
    left, lost = sorted({_rank(key) for key in keys}), {_rank(key) for key in doomed}
    expected = []
    while left:
        rank = left.pop(0)
        expected.append(rank)
        if rank in lost:
            left = [one for one in left if one not in lost]
    assert [_rank(key) for key in json.loads(walked)] == expected


def _rank(key):
    """Order keys as a durable spell walks them; 1 and 1.0 are one key, True is another."""
    if isinstance(key, bool):
        return (2, key)
    return (1, key.encode()) if isinstance(key, str) else (0, key)
