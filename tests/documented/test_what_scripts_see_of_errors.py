"""Whatever goes wrong in the kernel, a script reads its own language: no path of the host, no frame of Python."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import error_types

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

KINDS = sorted({kind.__name__: kind for kind in error_types()}.items())
STRANGE = ("KeyError", "OSError", "RuntimeError")
HOST = re.compile(r"(?<![\w.])/(?:root|home|tmp|usr|private|Users|opt)/|\.py\b|Traceback|site-packages|File \"")


PLUGIN = """
from __future__ import annotations

from typing import Any

from llmspell.errors import LlmspellError, error_types
from llmspell.spec import hookimpl, tool

KINDS = {kind.__name__: kind for kind in error_types()}
STRANGE = {"KeyError": KeyError, "OSError": OSError, "RuntimeError": RuntimeError}


class Raiser:
    json_schema = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}

    async def run(self, args: Any, ctx: Any) -> object:
        kind = KINDS.get(args["kind"]) or STRANGE[args["kind"]]
        if not issubclass(kind, LlmspellError):
            raise kind("it went wrong")
        error = kind.__new__(kind)
        LlmspellError.__init__(error, "it went wrong", suggestions=["do it otherwise"], context={"step": 1})
        raise error


@hookimpl
def llmspell_tools():
    return [tool("raiser", "plugin_that_raises:Raiser", "Raise what is asked for.", category="test")]
"""
"""A tool that raises the error it is asked for."""
PROGRAMS = {
    "lua": """
local seen = {}
for i, kind in ipairs(KINDS) do
  local ok, problem = pcall(function() return Tools.raiser:execute({ kind = kind }) end)
  local parsed = ErrorHandler.parse(problem)
  seen[i] = { tostring(problem), "" .. problem, JSON.encode(parsed), problem.type, problem.trace_id or "none" }
end
return seen
""",
    "javascript": """
const seen = [];
for (const kind of KINDS) {
  try { await Tools.raiser.execute({ kind }) } catch (problem) {
    const all = Object.getOwnPropertyNames(problem).map((name) => JSON.stringify(problem[name]) ?? "");
    seen.push([String(problem), problem.stack, all.join(" "), problem.type, problem.traceId ?? "none"]);
  }
}
return seen;
""",
    "python": """
seen = []
for kind in KINDS:
    try:
        await Tools.raiser.execute(kind=kind)
    except LlmspellError as problem:
        seen.append([str(problem), repr(problem), JSON.encode(ErrorHandler.parse(problem)), problem.type,
                     problem.trace_id or "none"])
seen
""",
}


def kinds_in(language: str) -> str:
    """Write the list of kinds in a language."""
    names = json.dumps([*(name for name, _ in KINDS), *STRANGE])
    if language == "lua":
        return f"local KINDS = {{{names[1:-1]}}}"
    return f"const KINDS = {names};" if language == "javascript" else f"KINDS = {names}"


@pytest.mark.parametrize("language", PROGRAMS)
async def test_no_error_of_the_kernel_shows_the_host(
    language: str, cast: Callable[..., Awaitable[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_that_raises.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "plugin_that_raises", raising=False)
    ran = await cast(language, kinds_in(language) + PROGRAMS[language], {"plugins": ["plugin_that_raises"]})
    assert ran.error is None, ran.error
    assert len(ran.value) == len(KINDS) + len(STRANGE)
    for (name, _), texts in zip([*KINDS, *((one, None) for one in STRANGE)], ran.value, strict=True):
        shown = [text.replace("spell.py", "the spell") for text in texts]
        assert [text for text in shown if HOST.search(text)] == [], name
        assert texts[4] != "none", name
        assert name in STRANGE or texts[3] == dict(KINDS)[name].type, name


BROKEN = {
    "lua": [
        "local x = nil; return x.y",
        "error({ code = 7 })",
        "return require('missing.module')",
        "Agent.new(5)",
        "string.rep('x', -1)()",
        "Tools.calculator.execute()",
        "coroutine.wrap(function() error('inner') end)()",
        "Storage.set('k', function() end)",
    ],
    "javascript": [
        "null.x",
        "throw { code: 7 }",
        "require('missing-module')",
        "await new Agent(5).chat('x')",
        "Promise.reject(new Error('lost')); await Async.sleep(1)",
        "await Tools.calculator.execute.call(null)",
        "JSON.parse('{')",
        "await Storage.set('k', () => 1)",
    ],
}


@pytest.mark.parametrize(("language", "source"), [(name, one) for name, all_ in BROKEN.items() for one in all_])
async def test_no_failure_of_a_script_shows_the_host(
    language: str, source: str, cast: Callable[..., Awaitable[Any]]
) -> None:
    error = (await cast(language, source)).error
    assert error is not None
    assert error.trace_id
    told = json.dumps({**error.to_dict(), "stack": error.stack}, default=str)
    assert not HOST.search(told), told
