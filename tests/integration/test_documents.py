"""Every sample of the documentation does what its page says, every link leads somewhere, every page is found."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import logging
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmspell.cli.main import main
from llmspell.testing import Reply, Server
from tests.integration.documents import Command, Sample, commands, links, matches, samples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SPELLS_PAGE = ROOT / "contrib/spells/README.md"
PAGES = sorted([ROOT / "README.md", SPELLS_PAGE, *DOCS.rglob("*.md"), *ROOT.glob("plugins/*/README.md")])
PROVIDERS = {
    "anthropic": {"ANTHROPIC_API_KEY": "sk-of-a-test", "ANTHROPIC_BASE_URL": "{}"},
    "google": {"GEMINI_API_KEY": "key-of-a-test", "GOOGLE_GEMINI_BASE_URL": "{}"},
    "ollama": {"OLLAMA_HOST": "{}"},
    "openai": {"OPENAI_API_KEY": "sk-of-a-test", "OPENAI_BASE_URL": "{}/v1"},
}
"""The variables that configure each provider; `{}` is the address of the test's server."""

KEYS = [name for variables in PROVIDERS.values() for name in variables]
SCRUBBED = (*KEYS, "LLMSPELL_CONFIG_PATH", "LLMSPELL_DISABLE", "NO_COLOR", "FORCE_COLOR")
GUIDE = "# Guide\n\nOne needle,\nand a thread.\n"
ANSWER = {"role": "assistant", "content": "A scripted answer."}
MODEL = {"steps": [{"text": ANSWER["content"]}]}
"""The model of a Lua block that makes agents and brings no steps of its own."""

SPELLS = {"lua": ".lua", "javascript": ".js", "typescript": ".ts"}
LANGUAGES = {"", "text", "python", "console", "sh", "json", "toml", "command", *SPELLS}
LUA_ALONE = {
    "docs/how-to/grant-rights.md": "it is about flags; one call shows the rights",
    "docs/how-to/use-a-model.md": "it is about options, which are the same; a sentence and a block say so",
}
"""Pages for users that show some of their Lua in no other language, and why."""

OF_PACKAGES = {"project", "build-system", "tool"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


class Desk:
    """A folder in which the samples of one page are run in order, as a reader would."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.unused: set[str] = set()

    async def run(self, sample: Sample) -> None:
        """Do what a sample says."""
        if "skip" in sample.notes:
            assert sample.notes["skip"], "say why the block is not run"
            return
        with self._serving(sample) if "server" in sample.notes else contextlib.nullcontext():
            if sample.language in ("json", "toml"):
                await self._data(sample)
            if "file" in sample.notes:
                self._write(sample)
            elif sample.language in SPELLS:
                await self._spell(sample)
            elif sample.language == "python":
                await self._python(sample)
            for command in commands(sample) if sample.language in ("console", "sh", "command") else ():
                await self._command(command)
        if "install" in sample.notes:
            self._install(sample)
        if "pytest" in sample.notes:
            await self._python_process("-m", "pytest", "-q", "-p", "no:cacheprovider", sample.notes["file"])

    async def _command(self, command: Command) -> None:
        words = shlex.split(command.line, comments=True)[1:]
        self.unused = {one for one in self.unused if not any(one in word for word in words)}
        status, printed = await self._llmspell(words)
        fails = command.output is not None and any(one in command.output for one in ("error[", "is paused:"))
        assert (status != 0) == fails, f"{command.line}\nended with status {status}:\n{printed}"
        if command.output is not None:
            assert matches(command.output, printed), f"{command.line}\nprinted:\n{printed}\nnot:\n{command.output}"

    async def _spell(self, sample: Sample) -> None:
        path = self.folder / f"sample-{sample.line}{SPELLS[sample.language]}"
        path.write_text(sample.text, encoding="utf-8")
        if ("Agent.new" in sample.text or "new Agent" in sample.text) and "server" not in sample.notes:
            path.with_suffix(".model.json").write_text(json.dumps(MODEL), encoding="utf-8")
        status, printed = await self._llmspell(["run", path.name, *shlex.split(sample.notes.get("args", ""))])
        assert status == 0, printed

    async def _python(self, sample: Sample) -> None:
        await self._python_process("-c", sample.text)

    async def _data(self, sample: Sample) -> None:
        """Read JSON and TOML; TOML about no package is a template, when it has a name, or a configuration."""
        if sample.language == "json":
            json.loads(sample.text)
        elif not OF_PACKAGES & (keys := set(tomllib.loads(sample.text))):
            path = self.folder / "checked.toml"
            path.write_text(sample.text, encoding="utf-8")
            template = ["template", "validate", path.name]
            words = template if "name" in keys else ["config", "validate", "--config", path.name]
            status, printed = await self._llmspell(words)
            assert status == 0, printed

    async def _llmspell(self, words: list[str]) -> tuple[int, str]:
        """Run the command line in this process, in a thread, since it starts a loop of its own."""
        assert "--watch" not in words, "it would never end; say `skip` and why"
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = await asyncio.to_thread(main, words)
        return status, out.getvalue()

    async def _python_process(self, *words: str) -> None:
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, *words], capture_output=True, text=True, check=False, timeout=50
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _write(self, sample: Sample) -> None:
        path = self.folder / sample.notes["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = sample.text
        if "append" in sample.notes:
            text = path.read_text(encoding="utf-8") + text
        elif "above" in sample.notes:
            before, mark, after = path.read_text(encoding="utf-8").partition(f"\n{sample.notes['above']}")
            assert mark, f"{path.name} has no line that begins with {sample.notes['above']}"
            text = f"{before}\n{text}{mark.lstrip()}{after}"
        path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()  # an earlier command of this process has seen that `src` was not there
        if sample.language in SPELLS:
            self.unused.add(path.name)
        if "model" in sample.notes:
            path.with_suffix(".model.json").write_text(sample.notes["model"], encoding="utf-8")

    def _install(self, sample: Sample) -> None:
        """Leave what an installer leaves in `site/`: the entry points of a distribution whose code lies in `src/`."""
        project = tomllib.loads(sample.text)["project"]
        info = self.folder / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8")
        groups = project["entry-points"].items()
        lines = [
            line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @contextlib.contextmanager
    def _serving(self, sample: Sample):
        """Configure OpenAI's provider and those that a sample mentions: with more, it would ask the first by name."""
        with pytest.MonkeyPatch.context() as patch:
            for provider, variables in PROVIDERS.items():
                if provider == "openai" or provider in sample.text:
                    for variable, value in variables.items():
                        patch.setenv(variable, value.format(self.server.url))
            yield


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> AsyncIterator[Desk]:
    """Give an empty folder with a small project in it, an environment that configures nothing, and a model server."""
    for variable in SCRUBBED:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LLMSPELL_CONFIG_DIR", str(tmp_path / "home/config"))
    folder = tmp_path / "project"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs/guide.md").write_text(GUIDE, encoding="utf-8")
    (folder / "README.md").write_text("# Words\n\nThree words here.\n", encoding="utf-8")
    (folder / "out").mkdir()
    shutil.copytree(ROOT / "contrib", folder / "contrib")
    monkeypatch.chdir(folder)
    imported = [str(folder / "site"), str(folder / "src")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*imported, *(path for path in sys.path if path)]))
    for path in imported:
        monkeypatch.syspath_prepend(path)
    choice = {"index": 0, "message": ANSWER, "finish_reason": "stop"}
    server.route("/v1/chat/completions", Reply.of({"id": "1", "model": "qwen3", "choices": [choice]}))
    block = {"type": "text", "text": ANSWER["content"]}
    message = {"type": "message", "content": [block], "stop_reason": "end_turn"}
    server.route("/v1/messages", Reply.of(message))
    server.route("/api/chat", Reply.of({"model": "qwen3", "message": ANSWER, "done": True, "done_reason": "stop"}))
    server.route("/v1/models", Reply.of({"data": [{"id": "qwen3"}]}))
    server.route("/api/tags", Reply.of({"models": [{"name": "qwen3:8b", "details": {"context_length": 4096}}]}))
    vectors = {"model": "nomic-embed-text", "embeddings": [[0.6, 0.8]], "prompt_eval_count": 6}
    server.route("/api/embed", Reply.of(vectors))
    server.route("/api/pull", Reply.of({"status": "success"}))
    server.route("/v1/messages/count_tokens", Reply.of({"input_tokens": 12}))
    candidate = {"content": {"role": "model", "parts": [{"text": ANSWER["content"]}]}, "finishReason": "STOP"}
    server.route("/v1beta/models/gemini-2.5-flash:generateContent", Reply.of({"candidates": [candidate]}))
    known = set(sys.modules)
    logger = logging.getLogger("llmspell")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield Desk(folder, server)
    logger.handlers[:], logger.propagate = handlers, propagate  # a command sets up the logging of a whole process
    logger.setLevel(level)
    for module in set(sys.modules) - known:
        if str(folder) in str(getattr(sys.modules[module], "__file__", None)):
            del sys.modules[module]


@pytest.mark.parametrize("page", [page for page in PAGES if any(samples(page))], ids=name)
async def test_samples_run(desk: Desk, page: Path):
    for sample in samples(page):
        try:
            assert sample.language in LANGUAGES, f"no test knows how to run {sample.language}"
            await desk.run(sample)
        except AssertionError as error:
            pytest.fail(f"{name(page)}:{sample.line}: {error}", pytrace=False)
    assert not desk.unused, f"{name(page)} shows {', '.join(desk.unused)} and no command that runs it"


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *sorted((DOCS / "tutorials").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))],
    ids=name,
)
def test_what_is_shown_in_lua_is_shown_in_every_language(page: Path):
    shown = Counter(sample.language for sample in samples(page))
    twins = shown["lua"] <= min(shown["javascript"], shown["python"])
    assert twins != (name(page) in LUA_ALONE), "show the blocks in JavaScript and Python, too, or say why not"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path):
    dead = [link for link in links(page) if not (page.parent / link).exists()]
    assert not dead


def test_every_page_is_reachable_from_the_index():
    """A link to a folder leads to all pages in it."""
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        found = set(page.glob("*.md")) if page.is_dir() else {page}
        for one in found - seen:
            seen.add(one)
            waiting += [one.parent / link for link in links(one) if (one.parent / link).is_relative_to(DOCS)]
            waiting += [one.parent / link for link in links(one) if (one.parent / link).suffix == ".md"]
    missing = sorted(name(page) for page in PAGES if page.is_relative_to(DOCS) and page.resolve() not in seen)
    assert not missing
