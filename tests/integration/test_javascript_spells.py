"""The script API through the real JavaScript engine: what a spell of a few lines may rely on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest


@pytest.fixture(params=["process", "inline"])
def cast(request, llmspell, tmp_path):
    """Run JavaScript text and give its result; data files lie in the working folder."""

    def run(source, *words, steps=None, status=0, name="spell.js"):
        (tmp_path / name).write_text(source)
        if steps is not None:
            (tmp_path / f"{name.partition('.')[0]}.model.json").write_text(json.dumps({"steps": steps}))
        done = llmspell("run", name, "--isolation", request.param, "--json", *words)
        assert done.status == status, done
        return json.loads(done.out)

    return run


def test_handlers_see_what_was_emitted_before_the_last_line(cast):
    source = """
        let seen = 0;
        await Events.subscribe("ping", (event) => { seen += event.data.by; if (seen === 55) console.log("all") });
        for (let i = 1; i <= 10; i++) Events.emit("ping", { by: i });
    """
    assert cast(source)["output"] == ["all"]


def test_both_spellings_of_option_keys(cast):
    source = """
        const a = new Agent({ name: "a", systemPrompt: "x", maxTokens: 5 });
        const b = new Agent({ name: "b", system_prompt: "x", max_tokens: 5 });
        return [(await a.getConfig()).max_tokens, (await b.get_config()).max_tokens];
    """
    assert cast(source, steps=[])["result"] == [5, 5]


def test_an_unknown_option_names_the_nearest(cast):
    error = cast('await new Agent({ name: "a", sytemPrompt: "x" }).chat("x")', steps=[], status=2)["error"]
    assert error["type"] == "validation"
    assert "system_prompt" in error["message"] + " ".join(error["suggestions"])


def test_an_agent_that_cannot_be_made_fails_the_spell_even_when_it_is_not_used(cast):
    assert cast('new Agent({ name: "a", sytemPrompt: "x" })', steps=[], status=2)["error"]["type"] == "validation"


def test_a_tool_by_every_name(cast):
    source = """
        const asked = { expression: "6*7" };
        const { CalculatorTool: Made } = require("llmspell");
        return [
            (await Tools.calculator.execute(asked)).value,
            (await Tools.get("calculator").call(asked)).result.value,
            (await new CalculatorTool().execute(asked)).value,
            (await new Made().run(asked)).value,
            (await Tools.get("calculator")).name,
        ];
    """
    assert cast(source)["result"] == [42, 42, 42, 42, "calculator"]


def test_a_failure_is_thrown_or_returned(cast):
    source = """
        const calculator = await Tools.get("calculator");
        let caught;
        try { await calculator.execute({ expression: "1 +" }) } catch (error) { caught = error }
        const back = await calculator.execute({ expression: "1 +" }, { onError: "return" });
        return [caught instanceof LlmspellError, caught.type === back.error.type, back.success, caught.where];
    """
    thrown, same, success, where = cast(source)["result"]
    assert (thrown, same, success) == (True, True, False)
    assert where.endswith("spell.js:4")


def test_a_tool_written_in_javascript_is_called_by_an_agent(cast):
    source = """
        class Shout extends Tools.BaseTool {
            constructor() { super({ name: "shout", parameters: { text: { type: "string" } } }); }
            async execute({ text }) {
                await Async.sleep(1);
                return { loud: text.toUpperCase() };
            }
        }
        const tool = await Tools.register(new Shout());
        const agent = new Agent({ name: "a", tools: [tool] });
        return (await agent.execute("go")).content;
    """
    steps = [
        {"tool_calls": [{"name": "shout", "arguments": {"text": "hey"}}]},
        {"text": "{{results.0.loud}}!"},
    ]
    assert cast(source, steps=steps)["result"] == "HEY!"


def test_a_javascript_hook_vetoes_an_agent_s_tool_call(cast):
    source = """
        Hooks.register("beforeToolExecution", async (context) => {
            await Async.sleep(1);
            if (context.input.expression === "2+2") return { refuse: "too easy" };
        });
        const agent = new Agent({ name: "a", tools: ["calculator"] });
        const result = await agent.execute({ input: "go" });
        return [result.tool_calls[0].outcome, result.tool_calls[1].outcome, result.content];
    """
    steps = [
        {"tool_calls": [{"name": "calculator", "arguments": {"expression": e}} for e in ("2+2", "3*3")]},
        {"text": "{{results.1.value}}"},
    ]
    assert cast(source, steps=steps)["result"] == ["refused", "done", "9"]


def test_a_hook_changes_what_it_was_given(cast):
    source = """
        await Hooks.register("before_tool_execution", {
            priority: 100,
            handler: (context) => { context.input.expression = "40+2"; return context },
        });
        return (await Tools.get("calculator").execute({ expression: "1" })).value;
    """
    assert cast(source)["result"] == 42


def test_storage_keeps_values_with_their_types(cast):
    source = """
        await Storage.set("k", { n: 1, f: 1.5, list: [1, 2], t: true, big: 2n ** 60n });
        await Storage.set("n", 41);
        await Storage.set("n", (await Storage.get("n")) + 1);
        const kept = await Storage.get("k");
        return [kept, typeof kept.big, await Storage.get("n"), await Storage.exists("none"), await Storage.list("")];
    """
    kept, kind, number, absent, keys = cast(source)["result"]
    assert kept == {"n": 1, "f": 1.5, "list": [1, 2], "t": True, "big": 2**60}
    assert (kind, number, absent, keys) == ("bigint", 42, False, ["k", "n"])


def test_parameters_and_environment(cast):
    source = "return [params.name, params.count, ENGINE, SANDBOX_ENABLED, VERSION !== undefined]"
    assert cast(source, "--param", "name=Ada", "--param", "count:=3")["result"] == ["Ada", 3, "javascript", True, True]


def test_jobs_run_side_by_side(cast):
    source = """
        const order = [];
        const job = (ms, name) => async () => { await Async.sleep(ms); order.push(name); return name };
        const results = await Async.all([job(40, "slow"), job(1, "fast")]);
        return [results, order];
    """
    assert cast(source)["result"] == [["slow", "fast"], ["fast", "slow"]]


def test_timers_of_the_language(cast):
    source = """
        let n = 0;
        const timer = setInterval(() => { n += 1; if (n === 3) { clearInterval(timer); console.log("three") } }, 2);
    """
    assert cast(source)["output"] == ["three"]


@pytest.mark.parametrize("stream", ['agent.stream("go")', 'await agent.stream("go")'])
def test_a_stream_is_read_part_by_part(cast, stream):
    source = f"""
        const agent = new Agent({{ name: "a" }});
        let text = "";
        for await (const part of {stream}) if (part.type === "text") text += part.text;
        return text;
    """
    answer = "a text that is longer than one part of the scripted model"
    assert cast(source, steps=[{"text": answer}])["result"] == answer


def test_modules_beside_the_spell(cast, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "double.js").write_text("const { one } = require('./one'); exports.double = (n) => n * 2 * one")
    (tmp_path / "lib" / "one.ts").write_text("const it: { one: number } = { one: 1 }; module.exports = it")
    (tmp_path / "triple.mjs").write_text("export default async (n) => (await Async.sleep(1), n * 3)")
    source = """
        import triple from "./triple.mjs";
        const { double } = require("./lib/double");
        export default [double(21), await triple(2)];
    """
    assert cast(source)["result"] == [42, 6]
    assert cast('return require("../lib")', status=4)["error"]["code"] == 4006
    assert cast('return import("./gone.js")', status=1)["error"]["type"] == "resource_unavailable"


def test_a_typed_spell(cast):
    source = """
        interface Asked { expression: string }
        enum Answer { Everything = 42 }
        const asked: Asked = { expression: "6*7" };
        const told = await Tools.get("calculator").execute(asked) as any;
        export default told.value === Answer.Everything;
    """
    assert cast(source, name="spell.ts")["result"] is True


def test_bare_durations_are_milliseconds(cast):
    source = """
        const agent = new Agent({ name: "a" });
        try { await Async.timeout(() => Events.sleep(2000), "20ms") } catch (error) { return error.type }
    """
    assert cast(source, steps=[])["result"] == "timeout"


def test_an_error_names_its_place(cast):
    error = cast("const x = 1;\nfunction f() {\n  null.x;\n}\nf();", status=1)["error"]
    assert error["where"].endswith("spell.js:3")
    assert error["message"].startswith("TypeError: ")


def test_a_rejection_that_nobody_handles_fails_the_spell(cast):
    source = "async function main() {\n  await Async.sleep(1);\n  throw new Error('lost');\n}\nmain();"
    error = cast(source, status=1)["error"]
    assert (error["message"], error["where"].rpartition("/")[2]) == ("lost", "spell.js:3")


@pytest.mark.parametrize("isolation", ["process", "inline"])
@pytest.mark.parametrize("body", ["while (true);", "(async () => { while (true) await null })()"])
def test_an_endless_loop_is_stopped(llmspell, tmp_path, isolation, body):
    (tmp_path / "spell.js").write_text(body)
    done = llmspell("run", "spell.js", "--timeout", "0.5", "--isolation", isolation)
    assert done.status == 6, done
    assert "error[4004]" in done.err
    assert "spell.js" in done.err


SAYING = 'console.log("one"); log.warn("noted"); print("two");'
LOOPS = ["while (true);", "(async () => { while (true) await null })()"]


@pytest.mark.parametrize("isolation", ["process", "inline"])
@pytest.mark.parametrize("limit", ["MAX_EXECUTION_TIME", "MAX_CPU_TIME"])
@pytest.mark.parametrize("loop", LOOPS)
def test_what_a_killed_spell_printed_is_shown(llmspell, tmp_path, isolation, limit, loop):
    (tmp_path / "spell.js").write_text(SAYING + loop)
    done = llmspell("run", "spell.js", "--isolation", isolation, **{f"LLMSPELL_SCRIPTING__{limit}": "1s"})
    assert (done.status, done.out) == (6, "one\ntwo\n"), done
    assert done.err.index("noted") < done.err.index("error[4004]")


@pytest.mark.parametrize("isolation", ["process", "inline"])
@pytest.mark.parametrize("loop", LOOPS)
def test_what_an_interrupted_spell_printed_is_shown(tmp_path, isolation, loop):
    (tmp_path / "spell.js").write_text(SAYING + loop)
    command = [sys.executable, "-m", "llmspell", "run", "spell.js", "--isolation", isolation]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline(), running.stdout.readline()]
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert [*lines, *running.stdout] == ["one\n", "two\n"]


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_a_memory_bomb_is_stopped(llmspell, tmp_path, isolation):
    (tmp_path / "llmspell.toml").write_text('[scripting]\nmax_memory_usage = "64MB"\n')
    (tmp_path / "spell.js").write_text("const a = []; while (true) { try { a.push({ x: [1, 2] }) } catch {} }")
    done = llmspell("run", "spell.js", "--isolation", isolation)
    assert done.status == 6, done
    assert "error[4005]" in done.err


@pytest.mark.parametrize("words", [("--engine", "js"), ("--engine", "javascript"), ()])
def test_a_spell_from_standard_input(llmspell, words):
    first = "" if words else "#!/usr/bin/env llmspell-js\n"
    done = llmspell("run", "-", *words, stdin=f"{first}console.log(await Promise.resolve('from stdin'))")
    assert (done.status, done.out) == (0, "from stdin\n"), done.err


def test_a_shebang_chooses_the_engine(llmspell, tmp_path):
    (tmp_path / "spell").write_text("#!/usr/bin/env llmspell-js\nconsole.log(`${ENGINE}`)")
    assert llmspell("run", "spell").out == "javascript\n"


def test_doctor_names_the_engine(llmspell):
    told = llmspell("doctor").out
    assert "javascript" in told
    assert "mini-racer" in told
