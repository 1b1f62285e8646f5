"""One digest over what is installed, and plugins that are allowed by it."""

from __future__ import annotations

import base64
import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PluginLoadError
from llmspell.kernel.installed import digest_of, recorded, require_recorded
from llmspell.kernel.selection import PluginSelection

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

MODULES = {
    "acme_pin/__init__.py": "",
    "acme_pin/plugin.py": "from acme_pin.inner import X\n",
    "acme_pin/inner.py": "X = 1\n",
}


@pytest.fixture
def info(dists: Any) -> Path:
    """Install a distribution with a RECORD, as an installer does."""
    folder: Path = dists.info("acme-pin", "1.0", "[llmspell.v1]\ntools.acme = acme_pin.plugin\n")
    (dists.path / "acme_pin").mkdir()
    for path, text in MODULES.items():
        (dists.path / path).write_text(text)
    write_record(folder, [*MODULES, f"{folder.name}/METADATA", f"{folder.name}/entry_points.txt"])
    return folder


def write_record(info: Path, paths: list[str]) -> None:
    lines = [f"{path},{record_hash(info.parent / path)},{(info.parent / path).stat().st_size}" for path in paths]
    (info / "RECORD").write_text(
        "\n".join([*lines, f"{info.name}/RECORD,,", "../../bin/acme,,", "a/__pycache__/x.pyc,,"])
    )


def record_hash(file: Path) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).rstrip(b"=").decode()


def allowed(dists: Any, entry: str) -> Any:
    loader = dists.loader(selection=PluginSelection.read(config={"allow": [entry]}))
    loader.load("tools")
    (report,) = loader.reports()
    return report


def test_the_allowed_files_are_loaded(dists: Any, info: Path) -> None:
    assert allowed(dists, f"acme-pin==1.0@{digest_of(info)}").state == "loaded"


@pytest.mark.parametrize(
    "change",
    [
        lambda site: (site / "acme_pin" / "inner.py").write_text("X = 2\n"),
        lambda site: (site / "acme_pin" / "plugin").mkdir() or (site / "acme_pin/plugin/__init__.py").write_text(""),
        lambda site: (site / "acme_pin" / "inner.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF"),
        lambda site: (site / "acme_pin" / "inner.pyc").write_bytes(b""),
        lambda site: (site / "acme_pin" / "inner.py").unlink(),
        lambda site: (site / "acme_pin-1.0.dist-info" / "entry_points.txt").write_text(
            "[llmspell.v1]\ntools.acme = acme_pin.plugin\n\n"
        ),
    ],
    ids=["changed", "package before module", "library before module", "bytecode alone", "missing", "metadata"],
)
def test_no_other_files_are_imported(dists: Any, info: Path, change: Any) -> None:
    digest = digest_of(info)
    change(dists.path)
    report = allowed(dists, f"acme-pin@{digest}")
    assert report.state == "failed"
    assert "acme_pin" not in sys.modules
    assert report.error.suggestions


def test_what_differs_between_machines_does_not_count(dists: Any, info: Path) -> None:
    digest = digest_of(info)
    for name, text in (("INSTALLER", "pip"), ("direct_url.json", "{}"), ("REQUESTED", "")):
        (info / name).write_text(text)
    (dists.path / "acme_pin" / "__pycache__").mkdir()
    (dists.path / "acme_pin" / "__pycache__" / "inner.cpython-311.pyc").write_bytes(b"x")
    assert digest_of(info) == digest


def test_a_module_that_is_found_elsewhere_first_is_not_taken_for_it(
    dists: Any, info: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "acme_pin"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(other.parent))
    report = allowed(dists, f"acme-pin@{digest_of(info)}")
    assert "none of its recorded files" in report.error.message
    assert str(other) in report.error.message


def test_an_editable_installation_has_no_digest(dists: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dists.module("acme_pin.plugin", "")
    info = tmp_path / "meta" / "acme_pin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text(f"_editable_acme.pth,,\n{info.name}/RECORD,,\n")
    with pytest.raises(PluginLoadError, match="none of its recorded files"):
        require_recorded(info, "acme_pin.plugin")


@pytest.mark.parametrize("data", [None, b"\xff\xfe", b"a,b,many\n", b'"\0",x,1\n', b'a,"'])
def test_a_record_that_is_none_is_told(dists: Any, data: bytes | None) -> None:
    info = dists.info("acme", "1.0", None)
    if data is not None:
        (info / "RECORD").write_bytes(data)
    with (
        pytest.raises(PluginLoadError, match="no RECORD that tells its files")
        if data != b'a,"'
        else pytest.raises(PluginLoadError)
    ):
        recorded(info) and digest_of(info)


def test_a_file_of_ones_own_can_be_allowed_by_its_digest(dists: Any, tmp_path: Path) -> None:
    from llmspell.kernel.installed import digest_of_file

    folder = tmp_path / "own"
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text("")
    config = {"allow": [f"mine@{digest_of_file(file)}"], "paths": [str(folder)]}
    for text, state in (("", "loaded"), ("x = 1", "failed")):
        file.write_text(text)
        loader = dists.loader(selection=PluginSelection.read(config=config))
        loader.load("tools")
        assert [report.state for report in loader.reports()] == [state]
