"""Programs as a tool reaches them: through `ctx.process`, with the grammars of the catalogue and the configuration."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from llmspell.errors import ConfigError, NameClashError, PermissionDeniedError, PluginLoadError
from llmspell.testing.context import open_context

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are POSIX's")

PLUGIN = '''
from llmspell.spec import hookimpl, program, tool

WORDS = {"values": ["text*"], "end": ""}


async def tell(ctx, commands: list[list[str]]):
    """Run programs joined by pipes and give what they say."""
    done = await ctx.process.pipe(commands)
    return {"status": done.status, "said": done.stdout.decode()}


@hookimpl
def llmspell_tools():
    return [tool("tell", f"{__name__}:tell", "Run programs.", category="system", needs={"process.exec", "fs.read"})]


@hookimpl
def llmspell_programs():
    return [program("printf", f"{__name__}:WORDS", "What `printf` may be given.")]
'''


@pytest.fixture(autouse=True)
def plugin(tmp_path, monkeypatch):
    (tmp_path / "tells_programs.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("tells_programs", None)


async def told(tmp_path, *commands: list[str], grants: tuple[str, ...], **more: Any) -> object:
    plugins = {"plugins": ["tells_programs"]}
    async with open_context(grants=grants, cwd=tmp_path, **{**plugins, **more}) as ctx:
        return await ctx.call("tell", {"commands": list(commands)})


async def test_a_tool_runs_a_pipeline_with_the_rights_of_its_caller(tmp_path):
    (tmp_path / "a").write_text("b\na\n")
    found = await told(tmp_path, ["sort", "a"], ["head", "-1"], grants=("process.exec=*", "fs.read=."))
    assert found == {"status": 0, "said": "a\n"}
    with pytest.raises(PermissionDeniedError, match=r"fs\.read is not granted"):
        await told(tmp_path, ["sort", "a"], grants=("process.exec=*",))
    with pytest.raises(PermissionDeniedError, match="--output"):
        await told(tmp_path, ["sort", "a", "--output=b"], grants=("process.exec=*", "fs.read=.", "fs.write=."))
    with pytest.raises(PermissionDeniedError, match=r"process\.exec is not granted for sort"):
        await told(tmp_path, ["sort", "a"], grants=("fs.read=.",))


async def test_a_program_without_a_grammar_must_be_named(tmp_path):
    with pytest.raises(PermissionDeniedError, match="a rule must name the program") as caught:
        await told(tmp_path, ["env"], grants=("process.exec=*",))
    assert "--allow-run=env" in caught.value.suggestions[0]
    found: Any = await told(tmp_path, ["env"], grants=("process.exec=env",))
    assert "PATH=" in found["said"]


async def test_a_plugin_brings_a_grammar(tmp_path):
    assert await told(tmp_path, ["printf", "x"], grants=("process.exec=*",)) == {"status": 0, "said": "x"}
    with pytest.raises(PermissionDeniedError, match="-v"):
        await told(tmp_path, ["printf", "-v", "x"], grants=("process.exec=printf",))


async def test_the_configuration_brings_a_grammar_that_wins(tmp_path):
    grammar = tmp_path / "env.toml"
    grammar.write_text('summary = "Show the environment."\nvariables = ["SHOWN"]\n')
    config = {"processes": {"grammars": [str(grammar)]}}
    assert await told(tmp_path, ["env"], grants=("process.exec=*",), config=config)
    with pytest.raises(PermissionDeniedError, match="the argument 'sh'"):
        await told(tmp_path, ["env", "sh"], grants=("process.exec=env",), config=config)
    grammar.write_text("options = 1\n")
    with pytest.raises(ConfigError, match="options is not a table"):
        await told(tmp_path, ["env"], grants=("process.exec=*",), config=config)
    grammar.write_text("options\n")
    with pytest.raises(ConfigError, match="is not TOML"):
        await told(tmp_path, ["env"], grants=("process.exec=*",), config=config)
    grammar.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        await told(tmp_path, ["env"], grants=("process.exec=*",), config=config)


async def test_two_plugins_with_one_program_clash(tmp_path):
    (tmp_path / "tells_more.py").write_text(PLUGIN.replace('"tell"', '"tell_more"'))
    try:
        with pytest.raises(NameClashError, match="the program printf has two grammars"):
            await told(tmp_path, ["true"], grants=("process.exec=*",), plugins=["tells_programs", "tells_more"])
    finally:
        sys.modules.pop("tells_more", None)


async def test_a_program_that_is_built_in_is_not_described_by_others(tmp_path):
    (tmp_path / "tells_programs.py").write_text(PLUGIN.replace('"printf"', '"git"'))
    with pytest.raises(PluginLoadError, match="which is built in"):
        await told(tmp_path, ["true"], grants=("process.exec=*",))
