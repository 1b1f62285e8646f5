"""What may be called what: the rules of answers to `llmspell generate`."""

from __future__ import annotations

import json
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.generate_kinds import Kinds, kinds, template
from llmspell.cli.generate_rules import LONGEST_NAME, RULES, choice, component, plugin
from llmspell.errors import UsageError
from llmspell.kernel.discovery import is_name

PREFIX = "llmspell-tools-"


def broken(rule: str, value: object) -> str:
    """Give the name of the rule that an answer breaks."""
    with pytest.raises(UsageError) as caught:
        RULES[rule]("answer", value, PREFIX)
    assert caught.value.suggestions
    assert caught.value.context["answer"] == "answer"
    return str(caught.value.context["rule"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("weather", "weather"),
        ("llmspell-tools-weather", "weather"),
        ("llmspell_tools_sky_map", "sky-map"),
        ("Sky.Map", "sky-map"),
        ("a--b", "a-b"),
        (" v2 ", "v2"),
        ("llmspelling", "llmspelling"),
        ("a" * LONGEST_NAME, "a" * LONGEST_NAME),
    ],
)
def test_spellings_of_a_name(text, name):
    assert plugin("name", text, PREFIX) == name


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "some"),
        ("  ", "some"),
        ("wetter-ä", "ascii"),
        ("\u0661", "ascii"),
        ("a/b", "separator"),
        ("..\\b", "separator"),
        ("..", "packaging"),
        ("-a", "packaging"),
        ("a_", "packaging"),
        ("a b", "packaging"),
        ("a\nb", "packaging"),
        ("{{7*7}}", "packaging"),
        ("llmspell-web", "prefix"),
        ("llmspell-tools", "prefix"),
        ("3d", "letter"),
        ("llmspell-tools-3d", "letter"),
        ("class", "keyword"),
        ("Import", "keyword"),
        ("a" * (LONGEST_NAME + 1), "length"),
        ("a" * 5000, "length"),
        (5, "text"),
        (None, "text"),
    ],
)
def test_what_is_no_name_of_a_plugin(text, rule):
    assert broken("plugin", text) == rule


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "some"),
        (",", "some"),
        ([], "some"),
        (7, "some"),
        ([7], "text"),
        ("sky-map", "snake_case"),
        ("SkyMap", "snake_case"),
        ("_a", "snake_case"),
        ("plugin", "taken"),
        ("return", "keyword"),
        ("a a", "once"),
        ("a b c d e f", "most"),
        ("a" * (LONGEST_NAME + 1), "length"),
    ],
)
def test_what_is_no_list_of_components(value, rule):
    assert broken("components", value) == rule


def test_components_are_words_or_a_list():
    for value in ("now, later", "now later", ["now,later"], ["now", "later"]):
        assert RULES["components"]("tools", value, PREFIX) == ["now", "later"]


@pytest.mark.parametrize(
    ("rule", "value", "wrong"),
    [
        ("sentence", "", "some"),
        ("sentence", "two\nlines", "printable"),
        ("sentence", "\udcff", "printable"),
        ("sentence", "x" * 201, "length"),
        ("person", "Lovelace, Ada", "person"),
        ("person", "Ada <ada@example.org>", "person"),
        ("email", "ada", "email"),
        ("email", "a@b", "email"),
        ("email", "a b@c.org", "email"),
        ("year", "26", "year"),
        ("year", "٢٠٢٦", "year"),
        ("word", "two words", "snake_case"),
    ],
)
def test_other_answers(rule, value, wrong):
    assert broken(rule, value) == wrong


def test_answers_that_may_be_empty():
    assert RULES["person"]("author", "", PREFIX) == ""
    assert RULES["email"]("email", " ", PREFIX) == ""


def test_a_choice_is_spelt_as_the_template_does():
    assert choice("license", "mit", ("Apache-2.0", "MIT")) == "MIT"
    with pytest.raises(UsageError, match="none of the choices"):
        choice("license", "GPL", ("Apache-2.0", "MIT"))


@given(st.text(max_size=50) | st.from_regex(r"[A-Za-z0-9._-]{1,45}", fullmatch=True))
def test_a_name_is_a_plugin_or_a_refusal_that_names_its_rule(text):
    refused: UsageError | None = None
    try:
        name = plugin("name", text, PREFIX)
    except UsageError as error:
        refused = error
    if refused is not None:
        assert refused.context["rule"]
        assert refused.suggestions
        return
    assert is_name(name.replace("-", "_"))
    assert not keyword.iskeyword(name)
    assert plugin("name", name, PREFIX) == name
    assert plugin("name", PREFIX + name, PREFIX) == name


@given(st.text(max_size=50) | st.from_regex(r"[a-z][a-z0-9_]{0,45}", fullmatch=True))
def test_a_component_is_a_module_or_refused(text):
    try:
        name = component("tools", text)
    except UsageError:
        return
    compile(f"from llmspell_tools_x.{name} import Thing", "<test>", "exec")
    assert is_name(name)


def test_every_template_names_rules_and_prompts_that_there_are():
    assert list(Kinds()) == list(kinds()) != []
    assert len(Kinds()) == len(kinds())
    for kind in kinds():
        about = template(kind)
        assert about.prefix.startswith("llmspell-")
        assert about.prefix.endswith("-")
        keys = [question.key for question in about.questions]
        assert about.components in keys
        assert keys[0] == "name"
        assert all(question.choices or question.rule in RULES for question in about.questions)
        assert json.dumps([question.prompt for question in about.questions])
    with pytest.raises(UsageError, match="no template"):
        template("../tool")
