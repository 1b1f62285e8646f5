"""`llmspell chat` and `llmspell ask`, in a pipe and at a terminal."""

from __future__ import annotations

import json

import pytest

from tests.integration.terminal import Prompt

PLUGIN = """
from __future__ import annotations
import asyncio
from llmspell.model.llm import Finish, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llmspell.model.llm import ToolResult, Usage, UsagePart
from llmspell.spec import hookimpl, provider

@hookimpl
def llmspell_providers():
    about = {"models": ("parrot",), "default_model": "parrot", "capabilities": ("text", "tools")}
    return [provider("parrot", f"{__name__}:Parrot", "Say it again.", **about)]

class Parrot:
    async def stream(self, request, ctx):
        said = next(one.text for one in reversed(request.messages) if one.role == "user")
        first = request.messages[0].text
        if said == "wait":
            yield TextDelta("I begin ")
            await asyncio.Event().wait()
        results = [part for part in request.messages[-1].parts if isinstance(part, ToolResult)]
        if said.startswith("calc ") and not results:
            yield TextDelta("Let me see.")
            yield ToolCallStart(0, "c1", "calculator")
            yield ToolCallDelta(0, '{"expression": "%s"}' % said[5:])
            yield ToolCallEnd(0)
        elif said.startswith("read ") and not results:
            yield ToolCallStart(0, "r1", "file_reader")
            yield ToolCallDelta(0, '{"path": "%s"}' % said[5:])
            yield ToolCallEnd(0)
        elif first.startswith("json "):
            yield TextDelta(first[5:])
        elif said == "prompt":
            yield TextDelta(request.system)
        elif said.startswith("letters "):
            for letter in said[8:]:
                yield TextDelta(letter)
        else:
            yield TextDelta(f"{len(request.messages)} ")
            yield TextDelta(results[0].content if results else said)
        yield UsagePart(Usage(requests=1, input_tokens=3, output_tokens=4))
        yield Finish("stop", model="parrot")
"""
WORDS = ("-p", "./parrot.py", "--provider", "parrot")


@pytest.fixture(autouse=True)
def _parrot(tmp_path):
    (tmp_path / "parrot.py").write_text(PLUGIN)


# -- ask ---------------------------------------------------------------------------------------------------------------


def test_ask_takes_words_and_standard_input_and_gives_the_answer_alone(llmspell):
    done = llmspell("ask", *WORDS, "what", "is this?", stdin="a file\nof two lines\n")
    assert done.status == 0
    assert done.out == "1 what is this?\n\na file\nof two lines\n"
    assert done.err == ""
    assert llmspell("ask", *WORDS, stdin="only this\n").out == "1 only this\n"


def test_ask_shows_tools_beside_the_answer(llmspell):
    done = llmspell("ask", *WORDS, "--tools", "calculator,uuid_generator", "calc 2+3", stdin="")
    assert json.loads(done.out.removeprefix("3 "))["value"] == 5
    assert 'calculator(expression="2+3")' in done.err
    assert "Let me see" not in done.out


def test_ask_as_json_is_what_execute_gives(llmspell):
    told = json.loads(llmspell("ask", *WORDS, "--tools", "calculator", "--json", "calc 2+3", stdin="").out)
    assert told["success"] is True
    assert told["tool_calls"][0]["result"]["value"] == 5
    assert told["usage"]["requests"] == 2


def test_ask_with_a_template_and_settings(llmspell, tmp_path):
    flags = ("--set", "personality.response_length=tiny", "--set", "temperature=0.2", "--system", "Say {{name}}.")
    done = llmspell("ask", *WORDS, "--agent", "chat_agent", *flags, "prompt", stdin="")
    assert "tiny length" in done.out
    assert done.out.rstrip().endswith("Say chat_agent.")
    (tmp_path / "poet.toml").write_text('name = "poet"\nsystem_prompt = "Rhyme."\n')
    assert llmspell("ask", *WORDS, "--agent", "poet.toml", "prompt", stdin="").out == "Rhyme.\n"


def test_ask_for_an_answer_of_a_form(llmspell, tmp_path):
    (tmp_path / "form.json").write_text('{"name": "string", "age": "integer?"}')
    done = llmspell("ask", *WORDS, "--output", "form.json", 'json {"name": "Ada"}', stdin="")
    assert json.loads(done.out) == {"name": "Ada"}
    done = llmspell("ask", *WORDS, "--output", "form.json", "json 7", stdin="")
    assert (done.status, done.out) == (1, "")
    assert "error[1110]" in done.err


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ((), 2, "there is no question"),
        (("--agent", "plannr", "x"), 5, "did you mean 'planner'?"),
        (("--tools", "calculater", "x"), 5, "calculator"),
        (("--set", "temprature=1", "x"), 3, "temperature"),
        (("--set", "temperature=hot", "x"), 3, "base_config.temperature must be a number"),
        (("--set", "temperature", "x"), 2, "NAME=VALUE"),
        (("--output", "none.json", "x"), 2, "none.json cannot be read"),
        (("--output", "parrot.py", "x"), 2, "is not JSON"),
        (("--model", "nobody/x", "x"), 3, "no model provider is configured"),
    ],
)
def test_ask_says_what_is_wrong_before_it_asks(llmspell, words, status, says):
    flags = () if "--model" in words else WORDS
    done = llmspell("ask", *flags, *words, stdin="")
    assert (done.status, done.out) == (status, "")
    assert says in done.err


# -- chat in a pipe ----------------------------------------------------------------------------------------------------


def test_chat_in_a_pipe_answers_line_by_line_without_prompts(llmspell):
    done = llmspell("chat", *WORDS, stdin="hello\n\nagain\\\nand again\n")
    assert (done.status, done.out, done.err) == (0, "1 hello\n3 again\nand again\n", "")


def test_commands(llmspell, tmp_path):
    lines = [
        "/tools calculator", "calc 6*7", "/history", "/usage", "/retry", "/system Be brief.", "/model", "/reset", "one",
        "/save talk.md", "/tools -calculator", "/help", "/quit", "never",
    ]  # fmt: skip
    done = llmspell("chat", *WORDS, stdin="\n".join(lines))
    assert done.status == 0, done.err
    assert done.out.count('"value": 42') == 2
    assert done.out.endswith("1 one\n")
    for text in ("you: calc 6*7", "2 requests, 6 tokens in, 8 tokens out", "Be brief.", "parrot/parrot", "no tools"):
        assert text in done.err
    assert (tmp_path / "talk.md").read_text() == "## you\n\none\n\n## assistant\n\n1 one\n"


def test_commands_that_are_wrong_are_told_and_stop_nothing(llmspell, tmp_path):
    (tmp_path / "there.md").write_text("")
    lines = ["/nope", "/tools nope", "/tools -nope", "/save", "/save there.md", "/retry", "/model nobody/x", "on"]
    done = llmspell("chat", *WORDS, stdin="\n".join(lines))
    assert (done.status, done.out) == (1, "1 on\n")
    for text in ("no command /nope", "no tool 'nope'", "is not offered", "takes a file", "there.md", "nothing to ask"):
        assert text in done.err


def test_a_path_is_no_command(llmspell):
    assert llmspell("chat", *WORDS, stdin="/usr/bin is a folder\n").out == "1 /usr/bin is a folder\n"


def test_json_is_one_document(llmspell):
    done = llmspell("chat", *WORDS, "--json", stdin="hello\n/nope\n")
    first, second = json.loads(done.out)["turns"]
    assert (first["input"], first["content"]) == ("hello", "1 hello")
    assert "no command" in second["error"]["message"]


def test_a_secret_is_masked_however_it_is_cut(llmspell):
    text = "letters my sk-verysecretvalue and sk-very nice\n"
    done = llmspell("chat", *WORDS, stdin=text, OPENAI_API_KEY="sk-verysecretvalue")
    assert done.out == "my <secret OPENAI_API_KEY> and sk-very nice\n"


# -- conversations that are kept ---------------------------------------------------------------------------------------


def test_a_conversation_goes_on_under_its_name_in_chat_and_ask(llmspell):
    keep = ("--continue", "trip")
    assert llmspell("chat", *WORDS, *keep, stdin="one\n").out == "1 one\n"
    assert llmspell("chat", *WORDS, "--continue", "other", stdin="two\n").out == "1 two\n"
    assert llmspell("ask", *WORDS, *keep, "two", stdin="").out == "3 two\n"
    done = llmspell("chat", *WORDS, *keep, stdin="/history\nthree\n/reset\nfour\n")
    assert done.out == "5 three\n1 four\n"
    assert "you: one" in done.err
    assert "assistant: 3 two" in done.err
    assert llmspell("ask", *WORDS, *keep, "five", stdin="").out == "3 five\n"
    assert llmspell("ask", *WORDS, "six", stdin="").out == "1 six\n"


def test_an_answer_that_is_kept_is_taken_back_and_asked_for_again(llmspell):
    keep = ("--continue", "trip")
    assert llmspell("chat", *WORDS, *keep, stdin="one\ntwo\n/retry\n").out == "1 one\n3 two\n3 two\n"
    assert llmspell("chat", *WORDS, *keep, stdin="/retry\nthree\n").out == "3 two\n5 three\n"
    done = llmspell("chat", *WORDS, *keep, stdin="/model scripted/none\n/retry\n/model parrot/parrot\nfour\n")
    assert (done.status, done.out) == (1, "7 four\n")  # the answer that was not replaced is still there


def test_a_session_has_a_conversation_of_its_own(llmspell):
    assert llmspell("session", "create", "work").status == 0
    assert llmspell("chat", *WORDS, "--session", "work", stdin="one\n").out == "1 one\n"
    assert llmspell("ask", *WORDS, "--session", "work", "two", stdin="").out == "3 two\n"
    assert llmspell("ask", *WORDS, "--session", "nobody", "two", stdin="").status != 0
    assert "takes the name" in llmspell("ask", *WORDS, "--continue=", "two", stdin="").err


def test_the_memory_of_a_template_bounds_what_is_told(llmspell, tmp_path):
    (tmp_path / "brief.toml").write_text('name = "brief"\nsystem_prompt = "Hi."\n[memory_config]\nmax_entries = 3\n')
    for more in ((), ("--continue", "trip")):
        done = llmspell("chat", *WORDS, "--agent", "brief.toml", *more, stdin="one\ntwo\nthree\n")
        assert done.out == "1 one\n3 two\n3 three\n", done.err


def test_what_only_spells_follow_is_told(llmspell, tmp_path):
    text = 'name = "brief"\nsystem_prompt = "Hi."\n[base_config]\nerror_strategy = { value = "x" }\n'
    (tmp_path / "brief.toml").write_text(text)
    done = llmspell("ask", *WORDS, "--agent", "brief.toml", "one", stdin="")
    assert (done.status, done.out) == (0, "1 one\n")
    assert "only spells follow what template 'brief' says of: error_strategy" in done.err


# -- chat at a terminal ------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_the_answer_and_not_the_chat(tmp_path):
    prompt = Prompt(tmp_path, "chat", *WORDS)
    prompt.until("you> ")
    prompt.type("wait\n")
    prompt.until("I begin ")
    prompt.type("\x03")
    prompt.until("interrupted")
    prompt.until("you> ")
    prompt.type("hello\n")
    prompt.until("1 hello")  # the answer that was ended is no part of the conversation
    prompt.until("you> ")
    prompt.type("\x03\n")  # at the prompt it ends the line; Enter wakes a readline that was about to wait
    prompt.until("interrupted")
    prompt.until("you> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_answers_stream_tools_are_shown_and_the_history_is_kept(tmp_path):
    pytest.importorskip("readline")
    prompt = Prompt(tmp_path, "chat", *WORDS, "--tools", "calculator")
    prompt.until("assistant, with calculator; /help tells more")
    prompt.until("you> ")
    prompt.type("calc 2+3\n")
    prompt.until("Let me see.")
    prompt.until('calculator(expression="2+3")')
    prompt.until('3 {"value": 5')
    prompt.until("you> ")
    prompt.type("/us\t\n")
    prompt.until("2 requests")
    prompt.until("you> ")
    prompt.type("\x04")
    assert prompt.end() == 0
    again = Prompt(tmp_path, "chat", *WORDS)
    again.until("you> ")
    again.type("\x10\x10\n")  # Ctrl-P twice: the line before the last
    again.until("calculator")
    again.until("you> ")
    again.type("/quit\n")
    assert again.end() == 0


# -- approvals ---------------------------------------------------------------------------------------------------------


def test_nobody_is_there_to_approve_in_a_pipe(llmspell):
    flags = (*WORDS, "--tools", "calculator", "--approve", "calc*")
    done = llmspell("ask", *flags, "calc 1+1", stdin="")
    assert (done.status, done.out) == (1, "")
    assert "error[1104]" in done.err
    done = llmspell("chat", *flags, stdin="calc 1+1\nhello\n")
    assert done.status == 1
    assert done.out.endswith("1 hello\n")
    assert "waits for a decision about calculator" in done.err


def test_calls_are_approved_at_the_terminal(tmp_path):
    prompt = Prompt(tmp_path, "chat", *WORDS, "--tools", "calculator", "--approve", "all")
    prompt.until("you> ")
    for answers, shown in (
        ("yes\n", '"value": 5'),
        ("no\ntoo dear\n", "too dear"),
        ('what?\no\n[1]\no\n{"expression": "6*7"}\n', '"value": 42'),
        ("always\n", '"value": 5'),
    ):
        prompt.type("calc 2+3\n")
        prompt.until('calculator(expression="2+3") waits: ')
        for answer in answers.splitlines():
            prompt.until(": " if answer != "too dear" else "(nothing) ")
            prompt.type(f"{answer}\n")
        prompt.until(shown)
        prompt.until("you> ")
    prompt.type("calc 3+3\n")
    assert "waits" not in prompt.until('"value": 6')
    prompt.until("you> ")
    prompt.type("\x10\n")  # the line before is what was said: answers are not remembered
    prompt.until('"value": 6')
    prompt.until("you> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_who_leaves_a_question_has_said_nothing(tmp_path):
    prompt = Prompt(tmp_path, "chat", *WORDS, "--tools", "calculator", "--approve", "all")
    for key in ("\x03", "\x04"):
        prompt.until("you> ")
        prompt.type("calc 2+3\n")
        prompt.until("arguments: ")
        prompt.type(f"{key}\n" if key == "\x03" else key)  # as above
        prompt.until("interrupted")
    prompt.until("you> ")
    prompt.type("hello\n")
    prompt.until("1 hello")
    prompt.until("you> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_ask_asks_at_a_terminal(tmp_path):
    prompt = Prompt(tmp_path, "ask", *WORDS, "--tools", "calculator", "--approve", "calculator", "calc 2+3")
    prompt.until("arguments: ")
    prompt.type("y\n")
    prompt.until('"value": 5')
    assert prompt.end() == 0


def test_a_right_that_is_missing_is_asked_for_between_the_lines_of_a_conversation(tmp_path):
    (tmp_path / "a.txt").write_text("forty-two")
    prompt = Prompt(tmp_path, "chat", *WORDS, "--tools", "file_reader")
    prompt.until("you> ")
    prompt.type("read a.txt\n")
    assert f'"{tmp_path}/a.txt"' in prompt.until("n no: ")
    prompt.type("n\n")
    prompt.until("is not granted for a.txt")
    prompt.until("you> ")
    prompt.type("read b.txt\n")
    prompt.until("n no: ")
    prompt.type("\x03\n")  # as above
    prompt.until("interrupted")
    prompt.until("you> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_a_right_that_is_missing_is_asked_for_by_ask(tmp_path):
    (tmp_path / "a.txt").write_text("forty-two")
    prompt = Prompt(tmp_path, "ask", *WORDS, "--tools", "file_reader", "read a.txt")
    prompt.until("n no: ")
    prompt.type("o\n")
    prompt.until("forty-two")
    assert prompt.end() == 0
