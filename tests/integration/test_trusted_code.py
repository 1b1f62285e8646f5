"""Python spells are trusted code: no tool may write where they are loaded from, whatever is granted."""

from __future__ import annotations

import pytest

WRITE = """
async def write(path):
    try:
        await Tools.get("file_writer").execute(path=path, content="changed", mode="overwrite")
        return "written"
    except Exception as error:
        return str(error)
"""
HERE = ("--allow-read=.", "--allow-write=.")


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("main.py", False),
        ("helper.py", False),
        ("absent.py", False),
        ("absent/__init__.py", False),
        ("pack/inner.py", False),
        ("other.py", True),
        ("notes.txt", True),
        ("helper.json", True),
    ],
)
def test_what_a_python_spell_is_loaded_from_or_would_be_is_not_written(llmspell, tmp_path, path, written):
    imports = "import helper\nfrom pack import inner\ntry:\n    import absent\nexcept ImportError:\n    pass\n"
    (tmp_path / "main.py").write_text(f"{imports}{WRITE}\nprint(await write({path!r}))\n")
    (tmp_path / "helper.py").write_text("x = 1\n")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "inner.py").write_text("x = 1\n")
    done = llmspell("run", "main.py", *HERE)
    assert done.status == 0, done.err
    assert ("written" in done.out) is written, done.out
    assert written or "which no tool may write" in done.out


@pytest.mark.parametrize("flag", ["--allow-write=main.py", "--allow-all"])
def test_not_even_a_grant_by_name_opens_it(llmspell, tmp_path, flag):
    (tmp_path / "main.py").write_text(f"{WRITE}\nprint(await write('main.py'))\n")
    before = (tmp_path / "main.py").read_text()
    assert "which no tool may write" in llmspell("run", "main.py", "--allow-read=.", flag).out
    assert (tmp_path / "main.py").read_text() == before


def test_a_spell_in_another_language_may_be_written_beside_itself(llmspell, tmp_path):
    (tmp_path / "main.lua").write_text(
        'Tools.get("file_writer"):execute{path = "main.lua", content = "x", mode = "overwrite"} print("written")'
    )
    assert "written" in llmspell("run", "main.lua", *HERE).out


def test_python_that_a_tool_has_written_is_not_loaded(llmspell, tmp_path):
    (tmp_path / "main.lua").write_text(
        'Tools.get("file_writer"):execute{path = "new.py", content = "x = 1"} Spell.load("new.py")'
    )
    done = llmspell("run", "main.lua", *HERE)
    assert done.status == 4
    assert "new.py was written by a tool" in done.err


def test_python_that_a_tool_has_moved_to_its_place_is_not_loaded(llmspell, tmp_path):
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "new.txt").write_text("x = 1")
    (tmp_path / "main.lua").write_text(
        'local files = Tools.get("file_system")\n'
        'files:execute{operation = "move", path = "bag/new.txt", destination = "bag/new.py"}\n'
        'files:execute{operation = "move", path = "bag", destination = "bag2"}\n'
        'Spell.load("bag2/new.py")'
    )
    done = llmspell("run", "main.lua", *HERE)
    assert "was written by a tool" in done.err, done.err


def test_a_loaded_python_spell_is_kept_from_then_on(llmspell, tmp_path):
    (tmp_path / "tools.py").write_text("x = 1\n")
    (tmp_path / "main.lua").write_text(
        'Spell.load("tools.py")\n'
        'local tool = Tools.get("file_writer")\n'
        'print(pcall(tool.execute, tool, {path = "tools.py", content = "y", mode = "overwrite"}))'
    )
    assert "which no tool may write" in llmspell("run", "main.lua", *HERE).out


class TestTrustedPaths:
    @pytest.fixture(autouse=True)
    def configured(self, tmp_path):
        (tmp_path / "llmspell.toml").write_text('[scripting]\ntrusted_paths = ["spells"]\n')
        (tmp_path / "spells").mkdir()
        (tmp_path / "spells" / "good.py").write_text(f"{WRITE}\nprint(await write('spells/notes.txt'))\n")

    def test_python_runs_from_there_and_nothing_is_written_there(self, llmspell):
        done = llmspell("run", "spells/good.py", *HERE)
        assert "is what `scripting.trusted_paths` of the configuration names" in done.out

    def test_python_from_elsewhere_is_refused(self, llmspell, tmp_path):
        (tmp_path / "bad.py").write_text("print(1)")
        done = llmspell("run", "bad.py")
        assert done.status == 4, done.err
        assert "is in no trusted folder" in done.err
        assert "trusted_paths" in done.err

    def test_python_is_not_loaded_from_elsewhere_by_a_spell(self, llmspell, tmp_path):
        (tmp_path / "bad.py").write_text("x = 1")
        (tmp_path / "main.lua").write_text('Spell.load("bad.py")')
        assert "is in no trusted folder" in llmspell("run", "main.lua").err

    def test_a_link_from_there_to_elsewhere_is_refused(self, llmspell, tmp_path):
        (tmp_path / "bad.py").write_text("print(1)")
        (tmp_path / "spells" / "linked.py").symlink_to(tmp_path / "bad.py")
        assert "is in no trusted folder" in llmspell("run", "spells/linked.py").err

    def test_python_from_standard_input_is_refused(self, llmspell):
        assert "is in no trusted folder" in llmspell("run", "--engine", "python", "-", stdin="print(1)").err

    def test_other_languages_run_from_anywhere(self, llmspell, tmp_path):
        (tmp_path / "main.lua").write_text("print(1)")
        assert llmspell("run", "main.lua").status == 0
