"""Plugins that no process survives are found before the command line imports them, once, and remembered."""

from __future__ import annotations

import json

import pytest

from llmspell.cli.plugin_trial_child import fingerprint

BAD = {
    "hangs": ("import threading\nthreading.Event().wait()", "was not loaded within 3 seconds"),
    "ends": ("import os; os._exit(9)", "ended the process that loaded it, with status 9"),
    "forks": ("import os\nif os.fork() == 0: os._exit(0)", "forks the process that loads it"),
    "patches": (
        "from llmspell.kernel.catalog import Catalog\nCatalog.get = lambda *a, **k: None",
        "changes llmspell itself when it is loaded: llmspell.kernel.catalog.Catalog.get",
    ),
    "stays": (
        "import threading\nthreading.Thread(target=threading.Event().wait, name='stayer').start()",
        "leaves the thread 'stayer'",
    ),
    "spoils_the_end": ("import atexit, os\natexit.register(os._exit, 7)", "with status 7"),
    "eats": ("x = bytearray(3 << 30)", "needs more than 2 GiB of memory"),
}


@pytest.fixture
def install(tmp_path):
    """Install distributions of one plugin each and give the environment that finds them."""
    site = tmp_path / "site"

    def write(**sources: str) -> dict[str, str]:
        for name, source in sources.items():
            info = site / f"{name}-1.0.dist-info"
            info.mkdir(parents=True, exist_ok=True)
            (info / "entry_points.txt").write_text(f"[llmspell.v1]\ntools.{name} = {name}_plugin\n")
            (site / f"{name}_plugin.py").write_text(source)
        return {"PYTHONPATH": str(site), "LLMSPELL_CACHE_DIR": str(tmp_path / "cache")}

    return write


@pytest.mark.parametrize("name", BAD)
def test_a_plugin_that_no_process_survives_stops_no_command(llmspell, install, tmp_path, name):
    source, said = BAD[name]
    env = install(**{name: source})
    for _ in range(2):  # found, and remembered
        done = llmspell("tools", "list", **env)
        assert done.status == 0, done.err
        assert said in done.err
        assert "llmspell plugins doctor" in done.err
    (tmp_path / "site" / f"{name}_plugin.py").write_text("# repaired")
    assert said not in llmspell("tools", "list", **env).err


def test_what_is_remembered_may_be_damaged_or_lost(llmspell, install, tmp_path):
    env = install(good="")
    for text in ("", "[]", '{"a": 1}', "{" * 5000):
        (tmp_path / "cache").mkdir(exist_ok=True)
        (tmp_path / "cache" / "plugins.json").write_text(text)
        assert llmspell("tools", "list", **env).status == 0
        assert "good" in " ".join(json.loads((tmp_path / "cache" / "plugins.json").read_text()))


def test_who_does_not_want_trials_has_none(llmspell, install, tmp_path):
    env = install(good="")
    assert llmspell("tools", "list", LLMSPELL_PLUGINS__TRIAL="false", **env).status == 0
    assert not (tmp_path / "cache").exists()


def test_a_fingerprint_sees_what_is_replaced(monkeypatch):
    import llmspell.kernel.catalog as changed

    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setattr(changed, "clash", lambda: None)
    monkeypatch.setattr(changed.Catalog, "list", property(lambda _: []))
    after = fingerprint()
    assert {name for name, value in before.items() if after.get(name) is not value} == {
        "llmspell.kernel.catalog.clash",
        "llmspell.kernel.catalog.Catalog.list",
    }
