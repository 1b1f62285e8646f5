"""Run a script in V8 as it comes, without an engine around it: `{"source", "params"}` on standard input."""

from __future__ import annotations

import json
import sys
from typing import Any

from py_mini_racer import MiniRacer, init_mini_racer

if __name__ == "__main__":
    given = json.load(sys.stdin)
    init_mini_racer(flags=["--allow-natives-syntax"])
    with MiniRacer() as v8:
        v8.eval(f"globalThis.params = {json.dumps(given['params'])}")
        promise: Any = v8.eval(f"(async () => {{{given['source']}\n}})()")
        sys.stdout.write(str(promise.get(timeout=20)))
