from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell.services.template_helpers import HELPERS, text_of
from llmspell.services.template_parser import MAX_DEPTH, MAX_SOURCE
from llmspell.services.templates import TemplateService

templates = TemplateService()
VALUES: dict[str, Any] = {
    "name": "Ada",
    "n": 3,
    "empty": "",
    "zero": 0,
    "no": False,
    "none": None,
    "list": ["a", "b", "c"],
    "map": {"x": 1, "y": 2},
    "people": [{"name": "Bo", "tags": ["p", "q"]}, {"name": "Cy", "tags": []}],
    "deep": {"a": {"b": [{"c": "found"}]}},
    "odd key": {"a.b": 1, "x-y": 2},
    "html": "<b>'\"&`=",
    "braces": "{{name}}",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello {{name}}, {{n}}/{{ n }}!", "Hello Ada, 3/3!"),
        ("{{deep.a.b.0.c}} {{deep/a/b/0/c}}", "found found"),
        ("{{[odd key].[a.b]}} {{[odd key].x-y}}", "1 2"),
        ("{{missing}}{{none}}|{{no}}|{{zero}}|{{name.missing}}", "|false|0|"),
        ("{{list}} {{map}} {{list.length}} {{name.length}}", 'a,b,c {"x": 1, "y": 2} 3 3'),
        ("{{list.3}}{{list.-1}}{{list.x}}", ""),
        ("{{! gone }}a{{!-- {{gone}} --}}b", "ab"),
        (r"\{{name}} \\{{name}}", r"{{name}} \Ada"),
        ("{{braces}}", "{{name}}"),
        ("{{#if name}}yes{{else}}no{{/if}}", "yes"),
        ("{{#if empty}}a{{else if zero}}b{{else if n}}c{{else}}d{{/if}}", "c"),
        ("{{#if empty}}a{{else if zero}}b{{else}}d{{/if}}", "d"),
        ("{{#if empty}}a{{^}}b{{/if}}", "b"),
        ("{{#unless missing}}x{{else}}y{{/unless}}", "x"),
        ("{{#each list}}{{this}}{{@index}}{{@first}}{{@last}};{{/each}}", "a0truefalse;b1falsefalse;c2falsetrue;"),
        ("{{#each list}}{{.}}{{#unless @last}}, {{/unless}}{{/each}}", "a, b, c"),
        ("{{#each map}}{{@key}}={{this}} {{/each}}", "x=1 y=2 "),
        ("{{#each map as |v k|}}{{k}}{{v}}{{/each}}", "x1y2"),
        ("{{#each people as |p|}}{{#each p.tags as |t i|}}{{p.name}}{{t}}{{i}}{{/each}}{{/each}}", "Bop0Boq1"),
        ("{{#each people}}{{#each tags}}{{../name}}{{this}}{{@root.n}}{{@../index}}{{/each}}{{/each}}", "Bop30Boq30"),
        ("{{#each people}}{{#if name}}{{../name}}{{/if}}{{/each}}", "AdaAda"),
        ("{{#each missing}}x{{else}}none{{/each}}{{#each n}}x{{else}}none{{/each}}", "nonenone"),
        ("{{#each missing}}x{{else if n}}n{{/each}}", "n"),
        ("{{#with deep.a}}{{b.0.c}}{{../name}}{{else}}no{{/with}}", "foundAda"),
        ("{{#with list}}{{#each this}}{{..}};{{/each}}{{/with}}", "a,b,c;a,b,c;a,b,c;"),
        ("{{#with missing}}x{{else}}no{{/with}}", "no"),
        ("{{#with map as |m|}}{{m.x}}{{x}}{{this.y}}{{./y}}{{/with}}", "1122"),
        ('{{upper name}} {{lower name}} {{trim "  x "}}', "ADA ada x"),
        ('{{join list ", "}} {{join list}}', "a, b, c a,b,c"),
        ('{{default missing "d"}} {{default empty 1}} {{default zero 1}}', "d 1 0"),
        ("{{json map}} {{json name}} {{json none}}", '{"x": 1, "y": 2} "Ada" null'),
        ("{{json list 1}}", '[\n "a",\n "b",\n "c"\n]'),
        ("{{round 2.5}} {{round -2.5}} {{round 1.005 2}} {{round 7 2}}", "3 -3 1.01 7"),
        ('{{replace name "d" "x"}} {{len list}} {{len name}} {{len none}}', "Axa 3 3 0"),
        ("{{lookup list 1}} {{lookup map 'y'}} {{lookup missing n}}", "b 2 "),
        ("{{#if (eq n 3)}}3{{/if}}{{#if (ne n '3')}}text{{/if}}", "3text"),
        ("{{#if (and n (or zero name) (not no))}}all{{/if}}", "all"),
        ("{{lt 2 10}} {{lt 'b' 'a'}} {{gt '10' 9}} {{eq true 1}}", "true false true false"),
        ("{{upper (join list '-')}}", "A-B-C"),
        ("{{eq name \"A\\\"da\"}}{{default missing 'it\\'s'}}", "falseit's"),
        ("{{default}}|{{json}}|{{len}}", "||"),
        ("{{true}} {{'text'}} {{1.50}}", "true text 1.5"),
        ("a {{~name~}} b", "aAdab"),
        ("a\n{{~#if n~}}\n x \n{{~/if~}}\nb", "axb"),
        ("{{#if n}}\nx\n{{/if}}\ny", "x\ny"),
        ("a\n  {{#each list}}\n  - {{this}}\n  {{/each}}\nb", "a\n  - a\n  - b\n  - c\nb"),
        ("{{#if n}}\n{{#if n}}\nx\n{{/if}}\n{{/if}}\n", "x\n"),
        ("{{#if n}} x\n{{/if}}", " x\n"),
        ("a\n{{! note }}\nb\n{{name}}\nc", "a\nb\nAda\nc"),
        ("{{#if zero}}\r\nx\r\n{{else}}\r\ny\r\n{{/if}}\r\n", "y\r\n"),
        ("", ""),
        ("no tags }} here", "no tags }} here"),
    ],
)  # fmt: skip
def test_it_renders(template: str, expected: str) -> None:
    assert templates.render(template, VALUES) == expected


def test_html_is_escaped_only_when_asked_and_not_when_raw() -> None:
    template = "{{html}} {{{html}}} {{& html}} {{~{html}~}} "
    escaped = "&lt;b&gt;&#x27;&quot;&amp;&#x60;&#x3D;"
    raw = VALUES["html"]
    assert templates.render(template, VALUES) == f"{raw} {raw} {raw}{raw}"
    assert templates.render(template, VALUES, escape_html=True) == f"{escaped} {raw} {raw}{raw}"


@pytest.mark.parametrize(
    ("template", "line", "column", "says"),
    [
        ("a\n{{#if x}}", 2, 1, "not closed"),
        ("{{#if x}}{{/each}}", 1, 10, "does not close"),
        ("{{/if}}", 1, 1, "nothing is open"),
        ("{{else}}", 1, 1, "nothing is open"),
        ("{{#if x}}{{else}}{{else}}{{/if}}", 1, 18, "already"),
        ("{{#loop x}}{{/loop}}", 1, 1, "#each"),
        ("{{#if}}{{/if}}", 1, 1, "missing"),
        ("ab {{name", 1, 4, "not closed"),
        ("{{! note", 1, 1, "not closed"),
        ("{{}}", 1, 1, "missing"),
        ("{{a b}}", 1, 3, "no helper 'a'"),
        ("{{upper a b}}", 1, 3, "takes 1 values, not 2"),
        ("{{round a places=2}}", 1, 17, "in order"),
        ("{{upper (lower a}}", 1, 9, "not closed"),
        ("{{upper a)}}", 1, 10, "cannot stand"),
        ("{{list.join(', ')}}", 1, 3, "not how a helper is called"),
        ("{{a.b.toUpperCase()}}", 1, 3, "not how a helper is called"),
        ("{{#each x as |a b c|}}{{/each}}", 1, 14, "as |item|"),
        ("{{^x}}{{/x}}", 1, 1, "unless"),
        ("{{> partial}}", 1, 3, "cannot stand"),
        ("{{upper map.nothing}}{{join name}}", 1, 24, "needs a list"),
        ("{{lt name 1}}", 1, 3, "not a number"),
        ("{{round 1 99}}", 1, 3, "0 to 15"),
        ("{{replace name '' 'x'}}", 1, 3, "look for"),
    ],
)
def test_an_error_names_its_place(template: str, line: int, column: int, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        templates.render(template, VALUES)
    assert (caught.value.context["line"], caught.value.context["column"]) == (line, column)
    assert says in caught.value.message


def test_a_call_in_another_languages_manner_is_told_how_to_write_it() -> None:
    with pytest.raises(ValidationError) as caught:
        templates.check("{{caps.style.toUpperCase()}}")
    assert caught.value.suggestions == ("Write {{upper caps.style}}.",)


@pytest.mark.parametrize(
    ("template", "near"),
    [
        ("x {{nmae}}", "name"),
        ("{{#each people}}{{nam}}{{/each}}", "name"),
        ("{{map.xx}}", "x"),
        ("{{upper nane}}", "name"),
    ],
)
def test_strict_rendering_names_what_is_missing_and_what_is_near(template: str, near: str) -> None:
    assert isinstance(templates.render(template, VALUES), str)
    with pytest.raises(ValidationError) as caught:
        templates.render(template, VALUES, strict=True)
    assert f"Did you mean {near!r}?" in caught.value.suggestions


def test_strict_conditions_may_ask_for_what_is_missing() -> None:
    template = (
        "{{#if missing}}a{{/if}}{{#unless missing}}b{{/unless}}{{default missing 'c'}}{{#if (or missing n)}}d{{/if}}"
    )
    assert templates.render(template, VALUES, strict=True) == "bcd"
    with pytest.raises(ValidationError, match="needs a list"):
        templates.render("{{#each n}}{{/each}}", VALUES, strict=True)


def test_a_whole_tag_keeps_the_type() -> None:
    mapping = {
        "list": "{{list}}",
        "n": "{{ n }}",
        "text": "n={{n}}",
        "deep": ["{{deep.a}}", {"x": "{{gt n 1}}"}],
        "k": 1,
    }
    assert templates.render_value(mapping, VALUES) == {
        "list": ["a", "b", "c"],
        "n": 3,
        "text": "n=3",
        "deep": [VALUES["deep"]["a"], {"x": True}],
        "k": 1,
    }
    assert templates.render_value("{{missing}}", VALUES) is None
    assert templates.render_value("{{braces}}", VALUES) == "{{name}}"
    with pytest.raises(ValidationError, match="missing"):
        templates.render_value({"a": ["{{missing}}"]}, VALUES, strict=True)


def test_no_attribute_and_no_object_is_reached() -> None:
    class Thing:
        secret = "attribute"

        def __str__(self) -> str:
            raise AssertionError("printed")

    values = {"thing": Thing(), "text": "x", "list": [1]}
    for path in ("thing.secret", "text.__class__", "list.append", "list.__len__", "thing.__class__.__mro__"):
        assert templates.render(f"{{{{{path}}}}}", values) == ""
    with pytest.raises(ValidationError, match="no data"):
        templates.render("{{thing}}", values)
    with pytest.raises(ValidationError, match="JSON"):
        templates.render("{{json thing}}", values)


def test_limits() -> None:
    with pytest.raises(ValidationError, match="characters"):
        templates.check("x" * (MAX_SOURCE + 1))
    with pytest.raises(ValidationError, match="within each other"):
        templates.check("{{#if a}}" * (MAX_DEPTH + 1))
    with pytest.raises(ValidationError, match="within each other"):
        templates.check("{{upper " + "(upper " * (MAX_DEPTH + 1) + "}}")
    many = {"l": list(range(1000)), "t": "x" * 100_000}
    with pytest.raises(ResourceExhaustedError, match="steps"):
        TemplateService(max_steps=1000).render(
            "{{#each l}}{{#each @root.l}}{{#each @root.l}}{{#if x}}{{/if}}{{/each}}{{/each}}{{/each}}", many
        )
    with pytest.raises(ResourceExhaustedError, match="characters"):
        templates.render("{{#each l}}{{@root.t}}{{/each}}", many)
    with pytest.raises(ValidationError, match="characters"):
        templates.render("{{replace t 'x' t}}", many)
    with pytest.raises(ValidationError, match="characters"):
        templates.render("{{join l t}}", many)
    cycle: list[object] = []
    cycle.append(cycle)
    for template in ("{{x}}", "{{json x}}"):
        with pytest.raises(ValidationError):
            templates.render(template, {"x": cycle})
    with pytest.raises(ValidationError, match="within each other"):
        templates.render_value(cycle, {})


def test_long_templates_are_rendered_too() -> None:
    assert templates.render("x" * 100_000 + "{{n}}", VALUES) == "x" * 100_000 + "3"


@pytest.mark.parametrize("name", sorted(HELPERS))
def test_every_helper_refuses_too_few_values(name: str) -> None:
    if HELPERS[name].takes[0] > 1:
        with pytest.raises(ValidationError, match="takes"):
            templates.check(f"{{{{{name} x}}}}")
    assert templates.render(f"{{{{{name}}}}}", {name: "a name, not a call"}) == "a name, not a call"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        ([1, [2, None]], "1,2,"),
        ({"a": [1]}, '{"a": [1]}'),
    ],
)
def test_how_values_print(value: object, text: str) -> None:
    assert text_of(value) == text


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"this", "else", "true", "false", "null", "undefined"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(NAMES, JSON, min_size=1), st.text(alphabet="ab \n{}"))
def test_data_is_never_read_as_a_template(values: dict[str, object], noise: str) -> None:
    name = next(iter(values))
    values[name] = "{{" + noise + "}}"
    assert templates.render(f"<{{{{{name}}}}}>", values) == f"<{{{{{noise}}}}}>"
    assert templates.render_value(f"{{{{{name}}}}}", values) == values[name]


@given(JSON, NAMES)
def test_a_value_survives_a_whole_tag_and_json(value: object, name: str) -> None:
    assert templates.render_value([f"{{{{{name}}}}}"], {name: value}) == [value]
    assert json.loads(templates.render(f"{{{{json {name}}}}}", {name: value})) == value


@given(st.text())
def test_text_without_tags_is_printed_as_it_stands(text: str) -> None:
    if "{{" not in text:
        assert templates.render(text, {}) == text


@given(st.text(alphabet="{}#/^!~&()|=@.[]\\'\" \nabifeach123", max_size=60))
def test_any_text_renders_or_is_a_typed_error(text: str) -> None:
    def outcome() -> str:
        try:
            return templates.render(text, VALUES, strict=True)
        except ValidationError as error:
            return f"line {error.context['line']}"

    assert outcome() == outcome()


@pytest.mark.parametrize(
    "template",
    [
        "{{#each b}}{{#each ../b}}{{#each @root.b}}{{/each}}{{/each}}{{/each}}",
        "{{#each b}}{{#if (eq (json @root.b) 1)}}{{/if}}{{/each}}",
        "{{#each b}}{{#if (eq (replace @root.t 'x' 'yyyyyyyy') 1)}}{{/if}}{{/each}}",
    ],
)
def test_loops_that_print_nothing_and_helpers_that_make_much_count_as_work(template: str) -> None:
    with pytest.raises(ResourceExhaustedError, match="steps"):
        TemplateService().render(template, {"b": list(range(5000)), "t": "x" * 1_000_000})


@pytest.mark.parametrize(
    ("template", "values", "known"),
    [("{{topic}}", {"input": 1, "steps": 2}, "input, steps"), ("{{input.docs}}", {"input": {}}, "nothing")],
)
def test_strict_rendering_tells_what_is_there_where_nothing_is_near(
    template: str, values: dict[str, object], known: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        templates.render(template, values, strict=True)
    assert caught.value.suggestions == (f"known: {known}",)
