"""`doctor` examines whatever is broken without breaking itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from importlib.util import find_spec

import pytest

from llmspell.kernel.discovery import GROUP
from llmspell.testing.loopback import free_port

GROUPS = [
    "versions", "configuration", "plugins", "components", "models", "optional parts", "walls", "places", "terminal",
]  # fmt: skip


@pytest.fixture
def examined(llmspell):
    """Run `doctor --json`; gives its status and its findings by what they are about."""

    def examine(*words, **env):
        done = llmspell("doctor", "--json", *words, **env)
        told = json.loads(done.out)
        assert done.status == (0 if told["healthy"] else 5), done
        assert {tuple(one) for one in told["findings"]} == {("group", "what", "state", "about", "remedy")}
        return done.status, {one["what"]: one for one in told["findings"]}, told["findings"]

    return examine


def test_a_healthy_installation_by_groups(examined):
    status, found, every = examined()
    assert status == 0
    assert list(dict.fromkeys(one["group"] for one in every)) == GROUPS
    assert {one["state"] for one in every} <= {"ok", "note"}
    for what in ("llmspell", "python", "SQLite", "pluggy", "llmspell-engine-lua", "store", "data folder", "locale"):
        assert found[what]["about"], what
    assert found["language of lua"]["about"] == "Lua 5.4"
    assert re.fullmatch(r"JavaScript \(V8\), run by V8 \d+\.\d+[.\d]+", found["language of javascript"]["about"])
    assert found["language of python"]["about"] == "Python; its spells count as code that you trust"
    assert all(version(name) == found[name]["about"] for name in ("lupa", "mini-racer"))
    assert "openai (OPENAI_API_KEY)" in found["not configured"]["about"]
    assert "lmstudio ([providers.lmstudio])" in found["not configured"]["about"]
    assert "backups" in found["driver memory"]["about"]
    assert found["memory"]["group"] == "walls"


def test_people_see_the_problems_first(llmspell, tmp_path):
    assert llmspell("doctor").out.startswith("no problem, ")
    (tmp_path / "boom.py").write_text("raise RuntimeError('boom')")
    done = llmspell("doctor", "-p", "./boom.py")
    assert done.status == 5
    first, second, *_ = done.out.splitlines()
    assert first.startswith("1 problem, ")
    assert "broken  plugin boom" in second
    assert "-> repair or reinstall it" in second
    assert "\nwalls\n" in done.out


@pytest.mark.parametrize("text", ["raise RuntimeError('boom')", "import sys\nsys.exit(3)", "import nothing.like.it"])
def test_a_plugin_that_fails_at_import(examined, tmp_path, text):
    (tmp_path / "boom.py").write_text(text)
    status, found, _ = examined("-p", "./boom.py")
    assert (status, found["plugin boom"]["state"]) == (5, "broken")
    assert found["engines"]["state"] == "ok"


def test_a_plugin_that_is_nowhere_or_blocked(examined):
    status, found, _ = examined("-p", "./gone.py", "-p", "no:lua")
    assert status == 5
    assert "gone.py is not there" in found["plugin gone"]["about"]
    assert found["plugin lua"]["state"] == "note"
    assert "-p no:lua" in found["plugin lua"]["about"]


def test_a_kind_that_nobody_provides(examined):
    engines = [point.name.partition(".")[2] for point in entry_points(group=GROUP) if point.name.startswith("engines.")]
    status, found, _ = examined(*(word for name in engines for word in ("-p", f"no:{name}")))
    assert status == 0
    assert found["engines"]["state"] == "note"
    assert found["engines"]["remedy"] == "pip install 'llmspell[standard]'"


def test_a_component_whose_module_is_missing(examined, tmp_path):
    (tmp_path / "lost.py").write_text(
        "from llmspell.spec import hookimpl, tool, config_section\n"
        "@hookimpl\ndef llmspell_tools():\n    return [tool('lost', 'no_such_module.x:y', 'Lost.', category='test')]\n"
        "@hookimpl\ndef llmspell_config_sections():\n"
        "    return [config_section('lost', 'no_such_module.x:y', 'Lost.', path='tools.lost')]\n"
    )
    (tmp_path / "llmspell.toml").write_text("[tools.lost]\nx = 1\n")
    status, found, _ = examined("-p", "./lost.py")
    assert status == 5
    assert "no_such_module" in found["tool lost"]["about"]
    assert "no_such_module" in found["sections"]["about"]


@pytest.mark.parametrize(
    "content", ["x = [", "\x00", "[events]\nbuffer_size = 0\n", "[plugins]\nblok = 1\n[nobody]\nx=1\n"]
)
def test_a_broken_configuration(examined, tmp_path, content):
    (tmp_path / "llmspell.toml").write_text(content)
    status, _, every = examined()
    assert status == 5
    broken = [one for one in every if one["state"] == "broken"]
    assert {one["group"] for one in broken} == {"configuration"}
    assert all("config validate" in one["remedy"] for one in broken)


def test_files_that_cannot_be_read(examined, tmp_path):
    long = f"/tmp/{'a' * 300}"
    status, found, _ = examined("--config", "none.toml", LLMSPELL_CONFIG_DIR=long)
    assert status == 5
    assert found[f"{long}/config.toml"]["state"] == "broken"
    assert found[f"{tmp_path}/none.toml"]["state"] == "broken"
    (tmp_path / "file").write_text("")
    status, found, _ = examined(LLMSPELL_DATA_DIR=str(tmp_path / "file" / "below"))
    assert (status, found["data folder"]["state"]) == (5, "broken")


def test_a_user_without_a_home(tmp_path):
    # A name space in which our number is one that no list of users has.
    probe = (
        "import ctypes, os, sys\n"
        "user = os.getuid()\n"
        "if ctypes.CDLL(None).unshare(0x10000000): sys.exit(77)\n"
        "open('/proc/self/uid_map', 'w').write(f'54321 {user} 1')\n"
        "del os.environ['HOME']\n"
        "from llmspell.cli.main import main\n"
        "sys.exit(main(['doctor', '--json']))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LLMSPELL_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd="/", env=kept, capture_output=True, text=True, timeout=50, check=False
    )
    if done.returncode == 77:
        pytest.skip("name spaces of users are not to be had here")
    assert done.returncode == 5, done.stderr
    found = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["data folder"]["state"] == "broken"
    assert "set HOME" in found["data folder"]["remedy"]
    assert found["config folder"]["state"] == "note"


def test_a_current_folder_that_is_no_more(tmp_path):
    script = f"mkdir gone && cd gone && rmdir ../gone && exec '{sys.executable}' -m llmspell doctor"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 3
    assert "the current folder cannot be used" in done.stderr


def test_the_holder_of_the_store_is_named(examined, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    lock = data / "llmspell.sqlite3.lock"
    holder = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); f.write('4711'); f.flush(); "
        "fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        status, found, _ = examined(LLMSPELL_DATA_DIR=str(data))
        process.communicate("")
    assert status == 0
    assert found["lock"]["about"] == "llmspell.sqlite3 is open in process 4711"
    assert "lock" not in examined(LLMSPELL_DATA_DIR=str(data))[1]


def test_programs_that_are_granted_without_a_grammar(examined, tmp_path):
    (tmp_path / "env.toml").write_text("options = 1\n")
    (tmp_path / "llmspell.toml").write_text(
        '[permissions]\nallow = ["process.exec=make", "process.exec=git log *", "process.exec=*", "process.exec=env"]\n'
        '[processes]\ngrammars = ["env.toml"]\n'
    )
    status, found, _ = examined()
    assert status == 5
    assert (found["make"]["state"], found["env"]["state"]) == ("note", "broken")
    assert "make.toml" in found["make"]["remedy"]
    assert "git" not in found


def test_choices_that_are_not_installed(examined, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[storage]\nbackend = "mongo"\n[providers]\ndefault = "opnai"\n')
    status, found, _ = examined()
    assert status == 5
    assert "sqlite" in found["store"]["remedy"]
    assert "openai" in found["models"]["remedy"]


def test_a_store_that_keeps_nothing_is_noted(examined, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[storage]\nbackend = "memory"\n')
    status, found, _ = examined()
    assert (status, found["store"]["state"]) == (0, "note")
    assert "ends with each process" in found["store"]["about"]
    assert "store folder" not in found


@pytest.mark.parametrize("backend", ["redis", "postgres"])
def test_a_store_on_a_server_is_asked(examined, tmp_path, backend):
    port = free_port()
    (tmp_path / "llmspell.toml").write_text(f'[storage]\nbackend = "{backend}"\n[storage.{backend}]\nport = {port}\n')
    status, found, _ = examined()
    assert (status, found["store"]["state"]) == (5, "broken")
    assert f"localhost port {port} " in found["store"]["about"]
    assert "check that the server runs" in found["store"]["remedy"]


def test_a_store_whose_section_is_wrong_is_told_once(examined, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[storage]\nbackend = "redis"\n[storage.redis]\nport = "x"\n')
    _, found, every = examined()
    assert found["store"]["state"] == "note"
    assert [one["what"] for one in every if one["state"] == "broken"] == ["storage.redis.port"]


def test_no_secret_is_printed(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[providers.openai]\napi_key = "sk-first"\n')
    for flags in ((), ("--json",), ("--verbose",)):
        done = llmspell("doctor", *flags, OPENAI_API_KEY="sk-second")
        assert done.status == 0, done
        assert "sk-first" not in done.out + done.err
        assert "sk-second" not in done.out + done.err


def test_a_terminal_that_knows_only_ascii(examined):
    _, found, _ = examined(PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert (found["locale"]["state"], found["locale"]["remedy"]) == ("note", "set LANG=C.UTF-8, or PYTHONUTF8=1")


ENGINE = """
from llmspell.spec import engine, hookimpl

def boom():
    raise RuntimeError("no such library")

@hookimpl
def llmspell_engines():
    return [engine("odd", f"{__name__}:boom", "Odd.", extensions=[".odd"], interpreter=f"{__name__}:boom")]
"""


def test_an_interpreter_that_cannot_be_asked_is_told(examined, tmp_path):
    (tmp_path / "odd.py").write_text(ENGINE)
    _, found, _ = examined("-p", "./odd.py")
    assert found["language of odd"]["state"] == "note"
    assert "RuntimeError: no such library" in found["language of odd"]["about"]


@pytest.mark.skipif(find_spec("llmspell_secrets") is None, reason="no store of secrets is installed")
@pytest.mark.parametrize(
    ("config", "kept", "said"),
    [('[secrets]\nstore = "gone"\n', None, "no such store"), ("", "nonsense", "is damaged")],
)
def test_stores_of_secrets_that_cannot_be_read(examined, tmp_path, config, kept, said):
    (tmp_path / "llmspell.toml").write_text(config)
    if kept is not None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "secrets.json").write_text(kept)
    status, found, _ = examined(LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    assert (status, found["stores"]["state"]) == (5, "broken")
    assert said in found["stores"]["about"]


def test_grammars_of_the_configuration_that_are_wrong(examined, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[processes]\ngrammars = ["sort.toml", "gone.toml"]\n')
    (tmp_path / "sort.toml").write_text("x")
    status, found, _ = examined()
    assert (status, found["sort"]["state"], found["gone"]["state"]) == (5, "broken", "broken")
    assert "is not TOML" in found["sort"]["about"]


def test_a_name_that_two_plugins_claim(examined, llmspell, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(
            "from llmspell.spec import hookimpl, tool\n"
            "def run() -> int:\n    return 1\n"
            "@hookimpl\ndef llmspell_tools():\n    return [tool('twin', f'{__name__}:run', 'Twin.', category='demo')]\n"
        )
    status, found, _ = examined("-p", "./one.py", "-p", "./two.py")
    assert (status, found["tool twin"]["state"]) == (0, "note")
    assert "is claimed by" in found["tool twin"]["about"]
    assert "write one:twin" in found["tool twin"]["remedy"]
    listed = llmspell("tools", "list", "-p", "./one.py", "-p", "./two.py").out
    assert [line.split()[0] for line in listed.splitlines() if "Twin." in line] == ["one:twin", "two:twin"]
