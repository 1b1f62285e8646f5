"""Hostile scripts in Lua."""

from __future__ import annotations

from tests.security.hostile import every_way, scripts, try_script
from tests.security.probe import Area, Case


def load() -> list[Case]:
    """Give every script in each way of running one."""
    return every_way(scripts("lua"))


AREA = Area(
    "scripts_lua",
    promise="S1, S7",
    title="Hostile scripts in Lua",
    how="each script reaches for a host object, a file, a variable, a socket, a process or another run in its "
    "own way, as a spell, a hook, an event handler, a tool and a step of a workflow; what it gives, says and leaves is "
    "searched for canaries",
    load=load,
    try_=try_script,
    sample=32,
)
