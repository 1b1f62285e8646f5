"""The line of each key in a TOML file."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from llmspell.services.config_lines import LONGEST, lines_of
from llmspell.services.config_template import toml_text

TEXT = '''\
version = "2.0"
# a comment
a.b = 1

[events]   # another
buffer_size = 7
keep = [
  "x",  # = y
  "[no]",
]
[providers.openai]
"api_key" = """
text = 1
"""
headers = { a = "1", b.c = 2 }
[[many]]
one = 1
[last]
end = true
'''


def test_every_key_has_its_line():
    found = lines_of(TEXT)
    assert found["version",] == 1
    assert found["a", "b"] == 3
    assert found["events",] == 5
    assert found["events", "buffer_size"] == 6
    assert found["events", "keep"] == 7
    assert found["providers", "openai", "api_key"] == 12
    assert ("providers", "openai", "text") not in found
    assert found["providers", "openai", "headers", "b", "c"] == 15
    assert found["last", "end"] == 19


def test_a_value_of_too_many_lines_ends_the_search():
    long = "a = 1\nb = [\n" + "1,\n" * (LONGEST + 1) + "]\nc = 1\n"
    assert set(lines_of(long)) == {("a",)}


keys = st.text(st.characters(categories=["Ll"], max_codepoint=127), min_size=1, max_size=4)
values = st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=5).filter(lambda s: s.isprintable()))


@given(st.dictionaries(keys, st.dictionaries(keys, values, min_size=1, max_size=4), max_size=4))
def test_what_stands_on_the_line_is_the_key(tree):
    text = "".join(
        f"[{section}]\n" + "".join(f"{key} = {toml_text(value)}\n" for key, value in body.items())
        for section, body in tree.items()
    )
    assert tomllib.loads(text) == tree
    lines = text.split("\n")
    found = lines_of(text)
    assert {key for key in found if len(key) == 2} == {(s, key) for s, body in tree.items() for key in body}
    for key, number in found.items():
        assert lines[number - 1].startswith(f"{key[1]} = " if len(key) == 2 else f"[{key[0]}]")
