"""Run a script in Lua as it comes, without an engine around it: `{"source", "params"}` on standard input."""

from __future__ import annotations

import json
import sys

from lupa.lua54 import LuaRuntime

if __name__ == "__main__":
    given = json.load(sys.stdin)
    lua = LuaRuntime()
    lua.globals().params = lua.table_from(given["params"])
    sys.stdout.write(str(lua.execute(given["source"])))
