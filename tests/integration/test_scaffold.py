"""`llmspell generate`: what it makes installs, passes its own tests and lint, and is what its page and README say."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from llmspell.cli.generate_answers import FILE
from tests.integration.documents import commands, samples

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "contrib/llmspell-tools-example"
NO_COOKIECUTTER = "import sys; sys.modules['cookiecutter'] = None; from llmspell.cli.main import main; sys.exit(main())"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def committed(folder: Path) -> dict[str, bytes]:
    """Give what belongs to the example: not what running it by hand left there."""
    kept = contents(folder)
    return {name: data for name, data in kept.items() if "__pycache__" not in name and "_cache/" not in name}


def python(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def install(project: Path, site: Path) -> None:
    """Build a project's wheel and lay it out in `site`, as an installer would."""
    built = python("-m", "hatchling", "build", "-t", "wheel", "-d", site.parent / "wheels", cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (site.parent / "wheels").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(site)


def test_the_example_is_what_the_template_makes_of_its_answers(llmspell, tmp_path):
    done = llmspell("generate", "plugin", "--answers", str(EXAMPLE / FILE))
    assert done.status == 0, done.err
    remedy = f"llmspell generate plugin --answers contrib/{EXAMPLE.name}/{FILE} --output-dir contrib --force"
    assert contents(tmp_path / EXAMPLE.name) == committed(EXAMPLE), f"write it anew: {remedy}"


def test_a_new_plugin_passes_its_own_tests_and_lint(llmspell, tmp_path):
    made = llmspell(
        "generate", "plugin", "sky-map", "--tool", "json", "--tool", "exception", "--license", "mit", "--json"
    )
    assert made.status == 0, made.err
    about = json.loads(made.out)
    assert (about["dist"], about["package"], about["plugin"]) == (
        "llmspell-tools-sky-map",
        "llmspell_tools_sky_map",
        "sky_map",
    )
    project = tmp_path / about["path"]
    assert {file["path"]: b"" for file in about["files"]}.keys() == contents(project).keys()
    assert {file["change"] for file in about["files"]} == {"added"}
    install(project, tmp_path / "site")
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project, PYTHONPATH=str(tmp_path / "site"))
    assert tested.returncode == 0, tested.stdout
    assert re.search(r"4\d passed, [1-3] skipped", tested.stdout), tested.stdout
    for words in (("check",), ("format", "--check")):
        ruff = python("-m", "ruff", *words, "--no-cache", cwd=project)
        assert ruff.returncode == 0, ruff.stdout
    listed = json.loads(llmspell("tools", "list", "--json", PYTHONPATH=str(tmp_path / "site")).out)
    assert {"json", "exception"} <= {tool["name"] for tool in listed if tool["plugin"] == "sky_map"}
    assert "loaded" in llmspell("plugins", "info", "sky_map", PYTHONPATH=str(tmp_path / "site")).out


@pytest.mark.parametrize(
    ("kind", "key", "least"), [("script_module", "namespaces", 10), ("agent_template", "templates", 13)]
)
def test_new_plugins_of_other_kinds_do_so_too(llmspell, tmp_path, kind, key, least):
    words = ("generate", "plugin", "sky-map", "--kind", kind, "--set", f"{key}=json,a_long_name", "--json")
    made = llmspell(*words)
    assert made.status == 0, made.err
    project = tmp_path / json.loads(made.out)["path"]
    site = tmp_path / "site"
    install(project, site)
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project, PYTHONPATH=str(site))
    assert tested.returncode == 0, tested.stdout
    passed = re.search(r"(\d+) passed", tested.stdout)
    assert passed is not None
    assert int(passed[1]) >= least
    for check in (
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--check", "--no-cache"),
        ("mypy", "--no-incremental"),
    ):
        done = python("-m", *check, cwd=project, PYTHONPATH=str(site))
        assert done.returncode == 0, done.stdout
    environment = {"cwd": project, "PYTHONPATH": str(site)}
    assert "loaded" in llmspell("plugins", "info", "sky_map", **environment).out
    (shown,) = [sample for sample in samples(project / "README.md") if sample.language == "lua"]
    (project / "shown.lua").write_text(shown.text)
    (project / "shown.model.json").write_text(json.dumps({"steps": [{"text": "Come to tea."}]}))
    done = llmspell("run", "shown.lua", "--allow=state.write=*", **environment)
    assert done.status == 0, done.err
    assert done.out in ("2\t3\n", "Come to tea.\n")


def test_what_the_readme_of_a_new_plugin_shows_works(llmspell, tmp_path):
    assert llmspell("generate", "plugin", "weather", "--author", "Åsa", "--email", "a@example.org").status == 0
    project = tmp_path / "llmspell-tools-weather"
    install(project, tmp_path / "site")
    environment = {"cwd": project, "PYTHONPATH": str(tmp_path / "site")}
    shown = {sample.language: sample for sample in samples(project / "README.md")}
    (command,) = commands(shown["sh"])
    done = llmspell(*command.line.split()[1:], **environment)
    assert (done.status, len(json.loads(done.out)["words"])) == (0, 3)
    (project / "words.lua").write_text(shown["lua"].text)
    done = llmspell("run", "words.lua", "--allow-read=README.md", **environment)
    assert (done.status, len(done.out.splitlines())) == (0, 3), done.err
    again = llmspell(
        "generate", "plugin", "--answers", FILE, "--output-dir", "..", "--force", "--dry-run", **environment
    )
    assert again.status == 0, again.err
    assert "changed" not in again.out
    assert "is installed already" in again.err


@pytest.mark.parametrize("licence", ["Apache-2.0", "BSD-3-Clause", "MIT"])
def test_metadata_hold_what_was_answered(llmspell, tmp_path, licence):
    told = 'Says "hi" \\ to 😀 {{ all }}'
    words = ("--author", "Åsa O'Hara", "--description", told, "--license", licence, "--python", "3.12")
    assert llmspell("generate", "tool", "weather", *words, "--set", "year=1999").status == 0
    project = tmp_path / "llmspell-tools-weather"
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (about["description"], about["license"], about["requires-python"]) == (told, licence, ">=3.12")
    assert about["authors"] == [{"name": "Åsa O'Hara"}]
    assert "Programming Language :: Python :: 3.11" not in about["classifiers"]
    text = (project / "LICENSE").read_text(encoding="utf-8")
    assert ("Apache License" in text) or ("1999" in text and "Åsa O'Hara" in text)
    assert "{{" not in text
    assert "{{ all }}" in (project / "README.md").read_text(encoding="utf-8")
    matrix = (project / ".github/workflows/test.yml").read_text(encoding="utf-8")
    assert 'python: ["3.12", "3.13"]' in matrix
    assert "${{ matrix.python }}" in matrix


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name of the plugin is missing"),
        (("class",), "keyword"),
        (("../up",), "is a path"),
        (("utilities",), "'llmspell_tools_utilities' is installed already"),
        (("lua",), "plugin 'lua' already, of llmspell-engine-lua"),
        (("one", "two"), "one NAME is wanted"),
        (("x", "--kind", "provider"), "--kind cannot be 'provider'"),
        (("x", "--output-dir", "nowhere"), "no folder nowhere"),
        (("x", "--set", "colour=red"), "does not ask for colour"),
        (("--answers", "file"), "cannot read answers"),
        (("full", "--force"), "did not make it"),
    ],
)
def test_wrong_words_make_nothing(llmspell, tmp_path, words, told):
    (tmp_path / "file").touch()
    (tmp_path / "llmspell-tools-full").mkdir()
    (tmp_path / "llmspell-tools-full/notes.txt").write_text("mine")
    before = contents(tmp_path)
    done = llmspell("generate", "plugin", *words)
    assert done.status == 2
    assert done.err.startswith("error[6101]")
    assert told in done.err
    assert "next: " in done.err
    assert contents(tmp_path) == before


def test_what_can_be_generated_is_listed(llmspell):
    assert "tool" in llmspell("generate", "list").out
    listed = {about["kind"]: about for about in json.loads(llmspell("generate", "list", "--json").out)}
    assert sorted(listed) == ["agent_template", "script_module", "tool"]
    about = listed["tool"]
    assert [question["key"] for question in about["questions"]][:2] == ["name", "tools"]
    assert "{agent_template,script_module,tool}" in llmspell("generate", "plugin", "--help").out
    absent = llmspell("generate", "agent", "x")
    assert (absent.status, "has no verb 'agent'" in absent.err, "plugin" in absent.err) == (2, True, True)


def test_a_project_is_generated_anew_where_it_lies(llmspell, tmp_path):
    assert llmspell("generate", "plugin", "weather").status == 0
    project = tmp_path / "llmspell-tools-weather"
    made = contents(project)
    assert llmspell("generate", "plugin", "weather").status == 2
    (project / "README.md").write_text("mine")
    (project / "notes.txt").write_text("mine")
    dry = llmspell("generate", "plugin", "weather", "--force", "--dry-run")
    assert [line for line in dry.out.splitlines() if not line.startswith("same")] == [
        "changed  llmspell-tools-weather/README.md"
    ]
    assert (project / "README.md").read_text() == "mine"
    assert llmspell("generate", "plugin", "weather", "--force").status == 0
    assert contents(project) == {**made, "notes.txt": b"mine"}


def test_a_tool_that_another_plugin_has_is_worth_a_warning(llmspell):
    done = llmspell("generate", "plugin", "sums", "--tool", "calculator")
    assert done.status == 0
    assert "plugin utilities (llmspell-tools-utilities) has a tool 'calculator', too" in done.err
    assert "sums:calculator" in done.err


def test_without_cookiecutter_it_says_what_to_install(tmp_path):
    done = python("-c", NO_COOKIECUTTER, "generate", "plugin", "weather", cwd=tmp_path, HOME=str(tmp_path))
    assert done.returncode == 5
    assert "pip install 'llmspell[scaffold]'" in done.stderr
    assert list(tmp_path.iterdir()) == []
    listed = python("-c", NO_COOKIECUTTER, "generate", "list", cwd=tmp_path, HOME=str(tmp_path))
    assert listed.returncode == 0, listed.stderr


def on_terminal(folder: Path, *steps: tuple[str, str]) -> tuple[int, str]:
    """Run `llmspell generate plugin` on a terminal of its own: wait for each text, then type the answer."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.environ |= {"HOME": str(folder), "NO_COLOR": "1"}
        os.execv(sys.executable, [sys.executable, "-m", "llmspell", "generate", "plugin"])
    said = b""
    try:
        for wanted, answer in steps:
            seen = b""
            while wanted.encode() not in seen:
                seen += os.read(terminal, 4096)
            said += seen
            os.write(terminal, answer.encode())
        with contextlib.suppress(OSError):  # Linux tells the end of a terminal as an error
            while part := os.read(terminal, 4096):
                said += part
    finally:
        os.close(terminal)
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal_it_asks(tmp_path):
    questions = ("tools", "sentence", "Category", "Your name", "mail", "Licence", "Oldest")
    steps = [("Name of the plugin: ", "3d\n"), ("Name of the plugin: ", "maps\n")]
    status, said = on_terminal(tmp_path, *steps, *((text, "\n") for text in questions))
    assert status == 0, said
    assert "does not begin with a letter" in said
    assert (tmp_path / "llmspell-tools-maps" / FILE).is_file()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_interrupting_the_questions_leaves_nothing(tmp_path, key):
    status, said = on_terminal(tmp_path, ("Name of the plugin: ", "maps\n"), ("tools [maps]: ", key))
    assert status == 130, said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_of_the_kernel_holds_the_templates_and_no_hook_is_run(tmp_path):
    """Templates are data: none comes with hooks, and one that somebody puts there stops the command."""
    install(ROOT, tmp_path / "site")
    home = tmp_path / "home"
    home.mkdir()
    environment = {"cwd": home, "HOME": str(home), "PYTHONPATH": str(tmp_path / "site")}
    command = ("-m", "llmspell", "generate", "plugin", "weather")
    made = python(*command, **environment)
    assert made.returncode == 0, made.stderr
    templates = tmp_path / "site/llmspell/cookiecutter"
    assert {path.name for path in templates.glob("*-plugin")} == {
        path.name for path in (ROOT / "cookiecutter").glob("*-plugin")
    }
    assert not list(templates.rglob("hooks"))
    assert not list(templates.rglob("*.py")), "an installer would compile it"
    shutil.copytree(templates / "tool-plugin", templates / "provider-plugin")  # a new kind is a folder and no code
    other = python(*command[:-1], "other", "--kind", "provider", "--json", **environment)
    assert json.loads(other.stdout)["kind"] == "provider", other.stderr
    (templates / "tool-plugin/hooks").mkdir()
    (templates / "tool-plugin/hooks/post_gen_project.py").write_text("open('ran', 'w')")
    refused = python(*command, "--force", **environment)
    assert refused.returncode == 1
    assert "no hook is run" in refused.stderr
    assert not list(tmp_path.rglob("ran"))
