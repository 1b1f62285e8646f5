"""The prelude of a process's first spell is read, that of later ones is what Lua made of it: they do the same."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

PROGRAM = r"""
    import json
    from llmspell_engine_lua.machine import LuaMachine

    SOURCE = '''
    local ok, wrong = pcall(Storage.get, coroutine.create(print))
    error({ message = wrong.message, text = JSON.encode({ a = 1.0 }) })
    '''

    def told(rehearsed):
        machine = LuaMachine()
        if rehearsed:
            machine.rehearse()
        api = "N Storage get\nN JSON encode= decode="
        machine.feed({"t": "hello", "v": 1, "api": api, "name": "s.lua", "source": SOURCE})
        return machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})

    print(json.dumps([told(False), told(False), told(True)]))
"""  # fmt: skip


def test_a_later_spell_of_a_process_is_told_the_same():
    done = subprocess.run([sys.executable, "-c", dedent(PROGRAM)], capture_output=True, text=True, check=True)
    first, *others = json.loads(done.stdout)
    assert first[0]["error"]["stack"]
    assert others == [first, first]
