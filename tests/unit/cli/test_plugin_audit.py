"""`plugins audit` on distributions of a temporary folder, intact and tampered with."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from llmspell.services.plugin_audit import environment

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """from llmspell.spec import hookimpl, tool
@hookimpl
def llmspell_tools():
    return [tool("{name}_tool", "{name}.plugin:work", "Work.", category="test")]
def work() -> int:
    return 1
"""


class Site:
    """A folder that distributions are installed into as pip does it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(self, name: str, version: str = "1.0", *, more: dict[str, str] | None = None) -> Path:
        info = self.path / f"{name}-{version}.dist-info"
        files = {
            f"{name}/__init__.py": "",
            f"{name}/plugin.py": PLUGIN.format(name=name),
            f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info.name}/INSTALLER": "pip\n",
            f"{info.name}/entry_points.txt": f"[llmspell.v1]\ntools.{name} = {name}.plugin\n",
            **(more or {}),
        }
        lines = []
        for path, text in files.items():
            file = self.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            lines.append(f"{path},sha256={digest},{len(text)}")
        (info / "RECORD").write_text("\n".join([*lines, f"{info.name}/RECORD,,"]))
        return info


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path / "site")
    made.install("acme", more={"acme/fast.so": "\x7fELF"})
    return made


@pytest.fixture
def audit(llmspell, site):
    def run(*words: str):
        done = llmspell("plugins", "audit", "acme", "--json", *words, PYTHONPATH=str(site.path))
        told = json.loads(done.out)
        return done.status, {(one["what"], one["level"]) for one in told["distributions"][0]["findings"]}, told

    return run


def test_what_is_as_it_was_installed_is_healthy(audit):
    status, findings, told = audit()
    assert (status, findings) == (0, {("native", "note")})
    about = told["distributions"][0]
    assert about["digest"].startswith("sha256:")
    assert about["provenance"] == {"installer": "pip", "attestations": []}


TAMPERED = {
    "changed": lambda site: (site / "acme" / "plugin.py").write_text("import os"),
    "same size": lambda site: (site / "acme" / "fast.so").write_text("\x7fELG"),
    "missing": lambda site: (site / "acme" / "plugin.py").unlink(),
    "extra": lambda site: (site / "acme" / "plugin.cpython-311-x86_64-linux-gnu.so").touch(),
    "extra bytecode": lambda site: (site / "acme" / "more.pyc").touch(),
    "no record": lambda site: (site / "acme-1.0.dist-info" / "RECORD").unlink(),
    "weak hash": lambda site: rerecord(site, "acme/plugin.py,md5=x,1"),
    "no hash": lambda site: rerecord(site, "acme/plugin.py,,"),
    "absolute": lambda site: rerecord(site, "/etc/passwd,,"),
    "kernel": lambda site: Site(site).install("acme", more={"llmspell/evil.py": ""}),
    "shared": lambda site: Site(site).install("other", more={"acme/plugin.py": "stolen"}),
    "provenance": lambda site: (site / "acme-1.0.dist-info" / "direct_url.json").write_text("{"),
}


def rerecord(site: Path, line: str) -> None:
    file = site / "acme-1.0.dist-info" / "RECORD"
    kept = [one for one in file.read_text().splitlines() if one.partition(",")[0] != line.partition(",")[0]]
    file.write_text("\n".join([*kept, line]))


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_tampered_with_is_a_fault(audit, site, case):
    TAMPERED[case](site.path)
    status, findings, told = audit()
    assert status == 1
    assert told["healthy"] is False
    assert "fault" in {level for _, level in findings}


def test_pins_let_in_what_is_installed_and_nothing_else(llmspell, site, tmp_path):
    env = {"PYTHONPATH": str(site.path), "LLMSPELL_CACHE_DIR": str(tmp_path / "cache")}
    done = llmspell("plugins", "audit", "acme", "--pins", **env)
    assert done.status == 0
    (tmp_path / "llmspell.toml").write_text(done.out)
    shown = llmspell("tools", "list", "--json", **env)
    assert {one["name"] for one in json.loads(shown.out)} >= {"acme_tool"}
    assert "llmspell-tools-files" not in shown.out
    (site.path / "acme" / "plugin.py").write_text("raise SystemExit('never imported')")
    shown = llmspell("tools", "list", **env)
    assert "acme_tool" not in shown.out
    assert "has other files than [plugins] allow names" in shown.err
    assert "never imported" not in shown.err


def test_two_distributions_with_one_plugin_name_and_one_twice_are_told(llmspell, site, tmp_path):
    info = site.install("other")
    (info / "entry_points.txt").write_text("[llmspell.v1]\ntools.acme = other.plugin\n")
    second = Site(tmp_path / "second")
    second.install("acme", "0.9")
    done = llmspell("plugins", "audit", "--json", PYTHONPATH=f"{site.path}:{second.path}")
    told = {one["what"]: one["about"] for one in json.loads(done.out)["environment"]}
    assert told["claim"] == "the plugin name 'acme' is claimed by acme and other"
    assert "installed twice" in told["twice"]
    assert done.status == 1


def test_an_unknown_distribution_is_an_error(llmspell):
    done = llmspell("plugins", "audit", "nobody")
    assert done.status == 5
    assert "no distribution named nobody" in done.err


def test_pth_files_that_run_code_are_told(site):
    (site.path / "evil.pth").write_text("import os; os.system('x')\n")
    (site.path / "quiet.pth").write_text("/somewhere\n")
    site.install("owner", more={"owner.pth": "import owner\n"})
    found = {one.about.partition(" ")[0]: one.level for one in environment([str(site.path)])}
    assert found == {"evil.pth": "fault", "quiet.pth": "note", "owner.pth": "warning"}
