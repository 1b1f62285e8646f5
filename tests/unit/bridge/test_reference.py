from __future__ import annotations

import subprocess
import sys

from llmspell.bridge.api import HANDLES, NAMESPACES, handles, names_string, namespaces
from llmspell.bridge.reference import NAMES_FILE, Brought, render_markdown, render_names, render_names_module
from llmspell.bridge.spelling import camel, snake
from llmspell.spec import function

REGENERATE = "run: python -m llmspell.bridge.reference"


def test_the_committed_names_are_those_of_the_definition() -> None:
    assert NAMES_FILE.read_text(encoding="utf-8") == render_names_module(), REGENERATE
    assert names_string() == render_names()


def test_the_reference_names_every_function_and_its_options() -> None:
    text = render_markdown()
    for kind in (*namespaces(), *handles()):
        for one in kind.functions().values():
            assert one.hidden or f".{one.name}(" in text or f":{one.name}(" in text
    assert "| `system_prompt` | text |" in text
    assert "### agent:stream(given: options) -> stream" in text


def test_namespaces_of_plugins_are_in_the_reference_with_their_distribution() -> None:
    class Songs:
        """What is sung."""

        @function()
        def sing(self, song: str) -> str:
            """Sing."""
            return song

    text = render_markdown({"Songs": Brought(Songs, "llmspell-songs"), "Memory": Brought(Songs, "m")})
    assert "## Songs\n\nWhat is sung.\n\nComes with `llmspell-songs`." in text
    assert "### Songs.sing(song: text) -> text\n\nSing.\n" in text
    assert "| `Memory` |" not in text
    assert "| `Memory` |" in render_markdown()


def test_every_namespace_and_handle_is_registered_under_its_name() -> None:
    assert [kind.name for kind in namespaces()] == list(NAMESPACES)
    assert [kind.kind for kind in handles()] == list(HANDLES)


def test_no_two_functions_share_a_name() -> None:
    for kind in (*namespaces(), *handles()):
        names = [name for one in kind.functions().values() for name in (one.name, *one.aliases)]
        assert len(names) == len(set(names)), kind


def test_every_name_reads_the_same_in_both_spellings() -> None:
    for kind in (*namespaces(), *handles()):
        for one in kind.functions().values():
            for name in (one.name, *one.aliases):
                assert snake(camel(name)) == name


def test_every_function_is_documented_in_one_imperative_line() -> None:
    for kind in (*namespaces(), *handles()):
        for one in kind.functions().values():
            text = (getattr(kind, one.method).__doc__ or "").strip()
            assert text.partition("\n")[0].rstrip().endswith((".", ":")), f"{kind.__name__}.{one.name}"


def test_names_are_told_without_importing_what_they_name() -> None:
    code = (
        "import sys; from llmspell.bridge.session import SpellSession; from llmspell.bridge.api import names_string;"
        "names_string();"
        "bad = [m for m in sys.modules if m in ('attrs', 'attr', 'cattrs', 'msgspec', 'httpx', 'jsonschema_rs')"
        " or m.startswith('llmspell.bridge.api.') and m != 'llmspell.bridge.api.names'"
        " or m in ('llmspell.bridge.binder', 'llmspell.bridge.converters')]; print(bad)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_engines_are_told_what_gives_a_handle_and_what_takes_a_function() -> None:
    lines = names_string().splitlines()
    agents = next(line.split() for line in lines if line.startswith("R agent "))
    assert {"Agent.new", "Agent.create", "Agent.get", "template.create"} <= set(agents)
    assert [line for line in lines if line.startswith("G ")] == ["G *Agent Agent agent", "G *Tool Tools tool"]
    assert "create." in next(line.split() for line in lines if line.startswith("H template "))
    assert "F handler Hooks.register agent.register_hook" in lines
    told = {line.split()[1] for line in lines if line.startswith("R ")}
    assert told <= set(HANDLES)
    functions = {line.split()[1]: line.split()[2:] for line in lines if line.startswith("F ")}
    assert "Tools.create" in functions["execute"]
    assert {"Events.subscribe", "Testing.test", "suite.before_all"} <= set(functions["*"])
