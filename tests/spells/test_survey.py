"""The demonstration: a spell in three languages, whose scripted model works on real tools over real files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

SPELLS = Path(__file__).parents[2] / "contrib" / "spells"


@pytest.fixture
def project(tmp_path):
    """A small project with documents of known sizes."""
    (tmp_path / "docs" / "more").mkdir(parents=True)
    (tmp_path / "docs" / "one.md").write_text("# One\n\ntext\n")
    (tmp_path / "docs" / "more" / "two.md").write_text("# Two\n")
    (tmp_path / "build").mkdir()
    for file in SPELLS.glob("survey.*"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture(params=["survey.lua", "survey.js", "survey.py"])
def survey(request):
    """Name the spell: all do the same."""
    return request.param


@pytest.fixture
def cast(llmspell, project, survey):
    """Give a function that runs the spell with its rights and more arguments."""

    def run(*more):
        return llmspell("run", survey, "--allow-read=docs", "--allow-write=build", *more, cwd=project)

    return run


def test_the_report_tells_what_is_in_the_documents(cast, project):
    done = cast()
    assert done.status == 0, done.err
    report = (project / "build" / "survey.md").read_text()
    assert "2 files, 4 lines, 9 bytes on average" in report
    assert "| docs/one.md | 3 | 12 |" in report
    assert "| docs/more/two.md | 1 | 6 |" in report
    assert "I read 2 files" in done.out
    assert "file_reader x2" in done.out


def test_a_project_may_have_many_documents(cast, project):
    for number in range(150):
        (project / "docs" / f"{number}.md").write_text("text\n")
    done = cast()
    assert done.status == 0, done.err
    assert "I read 152 files" in done.out


def test_a_changed_document_changes_the_report(cast, project):
    assert cast().status == 0
    before = (project / "build" / "survey.md").read_text()
    (project / "docs" / "one.md").write_text("# One\n\ntext\n\nand a line more\n")
    (project / "docs" / "three.md").write_text("# Three\n")
    assert cast().status == 0
    after = (project / "build" / "survey.md").read_text()
    assert before != after
    assert "3 files, 7 lines" in after
    assert "docs/three.md" in after


def test_it_says_once_that_the_model_is_scripted(cast):
    done = cast()
    assert done.err.count("model: scripted") == 1
    assert "OPENAI_API_KEY" in done.err


def test_the_script_s_hook_guards_the_agent(cast, project):
    steps = (project / "survey.model.json").read_text().replace('"path": "build/survey.md"', '"path": "build/other.md"')
    (project / "survey.model.json").write_text(steps)
    done = cast()
    assert not (project / "build" / "other.md").exists()
    assert "file_writer: refused" in done.out


def test_without_the_right_to_read_the_documents_nothing_is_written(llmspell, project, survey):
    done = llmspell("run", survey, "--allow-write=build", cwd=project)
    assert (
        not (project / "build" / "survey.md").exists()
        or "docs/one.md" not in (project / "build" / "survey.md").read_text()
    )
    assert done.status != 0 or "refused" in done.out


def test_json_gives_the_result(cast):
    done = cast("--json")
    assert json.loads(done.out)["result"] == {"report": "build/survey.md", "tool_calls": 7, "runs": 1}
