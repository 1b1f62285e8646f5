from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmspell.cli.api import FORMS
from llmspell.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

FIRST = {
    "reference": "# Script API",
    "typescript": "// The script API of llmspell",
    "lua": "---@meta",
    "python": '"""The script API of llmspell',
    "parity": "# The script API by language",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_printed_and_written_alike(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["api", f"--{form}"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(FIRST[form])
    assert main(["api", f"--{form}", "--output", "deep/er/file"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "wrote deep/er/file" in told.err
    assert (tmp_path / "deep/er/file").read_text(encoding="utf-8") == printed


def test_the_reference_is_the_form_without_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api"]) == 0
    assert capsys.readouterr().out.startswith(FIRST["reference"])


def test_programs_get_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["api", "--parity", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["languages"] == ["lua", "javascript", "python"]
    assert {"op", "kind", "names", "lacks"} == set(document["rows"][0])
    assert main(["api", "--lua", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["language"] == "lua"
    assert document["text"].startswith(FIRST["lua"])
    assert main(["api", "--lua", "--json", "--output", "api.lua"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": "api.lua"}


@pytest.mark.parametrize(
    ("form", "name", "module"),
    [("lua", "llmspell.lua", "llmspell/error_handler.lua"), ("python", "__init__.pyi", "error_handler.pyi")],
)
def test_modules_are_written_beside_a_file_that_is_found_by_its_name(
    form: str, name: str, module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", f"--{form}", "--output", str(tmp_path / "api" / name)]) == 0
    assert "modules beside it" in capsys.readouterr().err
    assert "ErrorHandler" in (tmp_path / "api" / module).read_text(encoding="utf-8")
    assert main(["api", f"--{form}", "--output", str(tmp_path / "alone" / "other")]) == 0
    assert [one.name for one in (tmp_path / "alone").iterdir()] == ["other"]


def test_two_forms_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api", "--lua", "--python"]) == 2
    assert "--lua and --python exclude each other" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["api", "--lua", "--output", str(tmp_path / "file" / "api.lua")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_tools_of_a_plugin_beside_the_spell_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = tmp_path / "acme.py"
    plugin.write_text(
        "from llmspell.spec import hookimpl, tool\n\n\n@hookimpl\ndef llmspell_tools():\n"
        "    return [tool('acme_anvil', f'{__name__}:drop', 'Drop an anvil.', category='text')]\n"
    )
    assert main(["api", "--typescript", "-p", str(plugin)]) == 0
    text = capsys.readouterr().out
    assert "readonly acmeAnvil: Tool;" in text
    assert "declare const AcmeAnvilTool:" in text
