"""The script API through the real Lua engine: what a spell of a few lines may rely on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest


@pytest.fixture(params=["process", "inline"])
def cast(request, llmspell, tmp_path):
    """Run Lua text and give its result; data files lie in the working folder."""

    def run(source, *words, steps=None, status=0):
        (tmp_path / "spell.lua").write_text(source)
        if steps is not None:
            (tmp_path / "spell.model.json").write_text(json.dumps({"steps": steps}))
        done = llmspell("run", "spell.lua", "--isolation", request.param, "--json", *words)
        assert done.status == status, done
        return json.loads(done.out)

    return run


def test_handlers_see_what_was_emitted_before_the_last_line(cast):
    source = """
        local seen = 0
        Events.subscribe("ping", function(event) seen = seen + event.data.by; if seen == 55 then print("all") end end)
        for i = 1, 10 do Events.emit("ping", {by = i}) end
    """
    assert cast(source)["output"] == ["all"]


def test_both_spellings_of_option_keys(cast):
    source = """
        local a = Agent.new({name = "a", systemPrompt = "x", maxTokens = 5})
        local b = Agent.new({name = "b", system_prompt = "x", max_tokens = 5})
        return {a:get_config().max_tokens, b:getConfig().max_tokens}
    """
    assert cast(source, steps=[])["result"] == [5, 5]


def test_an_unknown_option_names_the_nearest(cast):
    error = cast('return Agent.new({name = "a", sytem_prompt = "x"})', steps=[], status=2)["error"]
    assert error["type"] == "validation"
    assert "system_prompt" in error["message"] + " ".join(error["suggestions"])


def test_a_tool_result_can_be_read_on_top(cast):
    source = """
        local r = Tools.calculator:execute({expression = "6*7"})
        return {r.success, r.result.value, r.value}
    """
    assert cast(source)["result"] == [True, 42, 42]


def test_a_failure_raises_or_is_returned(cast):
    source = """
        local ok, err = pcall(function() return Tools.get("calculator"):execute({expression = "1 +"}) end)
        local back = Tools.get("calculator"):execute({expression = "1 +"}, {on_error = "return"})
        return {ok, err.type, err.code, back.success, back.error.type == err.type}
    """
    ok, kind, code, success, same = cast(source)["result"]
    assert (ok, success, same) == (False, False, True)
    assert isinstance(kind, str)
    assert 2000 <= code < 3000


def test_a_tool_written_in_the_script_is_called_by_the_model(cast):
    source = """
        local shout = Tools.create("shout", {
            description = "Shout.",
            input_schema = {type = "object", properties = {text = {type = "string"}}, required = {"text"}},
            execute = function(input) return {loud = input.text:upper()} end,
        })
        local agent = Agent.new({name = "a", tools = {shout}})
        return agent:chat("go")
    """
    steps = [
        {"tool_calls": [{"name": "shout", "arguments": {"text": "hey"}}]},
        {"text": "{{results.0.loud}}!"},
    ]
    assert cast(source, steps=steps)["result"] == "HEY!"


def test_a_lua_hook_vetoes_a_python_agent_s_tool_call(cast):
    source = """
        Hooks.register("before_tool_execution", function(context)
            if context.input.expression == "2+2" then return {refuse = "too easy"} end
        end)
        local agent = Agent.new({name = "a", tools = {"calculator"}})
        local result = agent:execute({input = "go"})
        return {result.tool_calls[1].outcome, result.tool_calls[2].outcome, result.content}
    """
    steps = [
        {"tool_calls": [{"name": "calculator", "arguments": {"expression": e}} for e in ("2+2", "3*3")]},
        {"text": "{{results.1.value}}"},
    ]
    assert cast(source, steps=steps)["result"] == ["refused", "done", "9"]


def test_storage_keeps_values_with_their_types(cast):
    source = """
        Storage.set("k", {n = 1, f = 1.5, list = {1, 2}, t = true})
        Storage.set("n", 41)
        Storage.set("n", Storage.get("n") + 1)
        return {Storage.get("k"), Storage.get("n"), Storage.exists("none"), Storage.list("")}
    """
    kept, number, absent, keys = cast(source)["result"]
    assert kept == {"n": 1, "f": 1.5, "list": [1, 2], "t": True}
    assert (number, absent, keys) == (42, False, ["k", "n"])


def test_parameters_and_environment(cast):
    source = "return {params.name, params.count, ENGINE, SANDBOX_ENABLED, VERSION ~= nil}"
    assert cast(source, "--param", "name=Ada", "--param", "count:=3")["result"] == ["Ada", 3, "lua", True, True]


def test_branches_run_side_by_side(cast):
    source = """
        local order = {}
        local results = Async.all({
            function() Async.sleep(40) order[#order + 1] = "slow" return 1 end,
            function() Async.sleep(1) order[#order + 1] = "fast" return 2 end,
        })
        return {results, order}
    """
    assert cast(source)["result"] == [[1, 2], ["fast", "slow"]]


def test_integers_and_floats_stay_apart(cast):
    source = "return {JSON.encode({1, 1.0}), 9007199254740993, math.type(params.i), math.type(params.f)}"
    assert cast(source, "--param", "i:=1", "--param", "f:=1.0")["result"] == [
        "[1,1.0]",
        9007199254740993,
        "integer",
        "float",
    ]


def test_a_stream_is_read_part_by_part(cast):
    source = """
        local agent = Agent.new({name = "a"})
        local text = ""
        for part in agent:stream("go") do
            if part.type == "text" then text = text .. part.text end
        end
        return text
    """
    answer = "a text that is longer than one part of the scripted model"
    assert cast(source, steps=[{"text": answer}])["result"] == answer


def test_a_module_beside_the_spell(cast, tmp_path):
    (tmp_path / "lib.lua").write_text("return {double = function(n) return n * 2 end}")
    assert cast('return require("lib").double(21)')["result"] == 42
    assert cast('return require("../lib")', status=4)["error"]["code"] == 4006


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_an_endless_loop_is_stopped(llmspell, tmp_path, isolation):
    (tmp_path / "spell.lua").write_text("while true do pcall(function() end) end")
    done = llmspell("run", "spell.lua", "--timeout", "0.5", "--isolation", isolation)
    assert done.status == 6, done
    assert "error[4004]" in done.err


LOOPING = 'print("one") log.warn("noted") print("two") while true do end'


@pytest.mark.parametrize("isolation", ["process", "inline"])
@pytest.mark.parametrize("limit", ["MAX_EXECUTION_TIME", "MAX_CPU_TIME"])
def test_what_a_killed_spell_printed_is_shown(llmspell, tmp_path, isolation, limit):
    (tmp_path / "spell.lua").write_text(LOOPING)
    done = llmspell("run", "spell.lua", "--isolation", isolation, **{f"LLMSPELL_SCRIPTING__{limit}": "1s"})
    assert (done.status, done.out) == (6, "one\ntwo\n"), done
    advice = {"MAX_CPU_TIME": "raise [scripting] max_cpu_time", "MAX_EXECUTION_TIME": "with --timeout"}[limit]
    assert advice in done.err
    assert done.err.index("noted") < done.err.index("error[4004]")


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_what_an_interrupted_spell_printed_is_shown(tmp_path, isolation):
    (tmp_path / "spell.lua").write_text(LOOPING)
    command = [sys.executable, "-m", "llmspell", "run", "spell.lua", "--isolation", isolation]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline(), running.stdout.readline()]
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert [*lines, *running.stdout] == ["one\n", "two\n"]
