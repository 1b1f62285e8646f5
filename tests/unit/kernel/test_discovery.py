from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.kernel.discovery import PluginRef, is_name, normalise, scan

if TYPE_CHECKING:
    import random
    from typing import Any


def names(refs: list[PluginRef]) -> list[str]:
    return [f"{ref.kind}.{ref.plugin}" for ref in refs]


def test_a_declaration_is_read_without_importing_its_module(dists: Any) -> None:
    text = "[console_scripts]\nx = y:z\n\n[llmspell.v1]\ntools.acme = acme_tools.plugin\n"
    info = str(dists.info("acme-tools", "2.1", text))
    assert scan([str(dists.path)]) == [
        PluginRef("tools", "acme", "acme_tools.plugin", "acme-tools", "2.1", "llmspell.v1", info=info)
    ]
    assert "acme_tools" not in sys.modules


def test_other_majors_are_noticed(dists: Any) -> None:
    dists.info("acme", "2.1", "[llmspell.v2]\ntools.acme = acme.plugin\n")
    (ref,) = scan([str(dists.path)])
    assert (ref.speaks, ref.dist, ref.version) == ("v2", "acme", "2.1")


def test_groups_of_others_are_passed_over(dists: Any) -> None:
    dists.info("acme", "1", "[llmspell.v1x]\na.b = c\n[llmspell.vision]\nx = y\n[other]\ntools.z = z\n")
    assert scan([str(dists.path)]) == []


def test_the_first_distribution_of_a_name_wins(tmp_path: Path, dists: Any) -> None:
    first = type(dists)(tmp_path / "first")
    first.info("Acme.Tools", "1.0", "[llmspell.v1]\ntools.first = a.b\n")
    dists.info("acme-tools", "9.9", "[llmspell.v1]\ntools.second = a.b\n")
    assert names(scan([str(first.path), str(dists.path)])) == ["tools.first"]


def test_a_distribution_without_entry_points_hides_a_later_one_too(tmp_path: Path, dists: Any) -> None:
    first = type(dists)(tmp_path / "first")
    first.info("acme", "1.0", None)
    dists.info("acme", "0.9", "[llmspell.v1]\ntools.acme = a.b\n")
    assert scan([str(first.path), str(dists.path)]) == []


def test_of_two_versions_side_by_side_only_one_counts(dists: Any) -> None:
    dists.info("acme", "1.0", "[llmspell.v1]\ntools.old = a.b\n")
    dists.info("acme", "1.1", "[llmspell.v1]\ntools.new = a.b\n")
    assert names(scan([str(dists.path)])) == ["tools.new"]


def test_text_that_is_not_utf8_spoils_only_its_own_line(dists: Any) -> None:
    dists.info("acme", "1", b"[llmspell.v1]\ntools.caf\xe9 = a.b\ntools.fine = a.b\n")
    good, bad = sorted(scan([str(dists.path)]), key=lambda ref: ref.fault)
    assert (good.plugin, good.fault) == ("fine", "")
    assert "snake_case" in bad.fault


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("just some words", "is not 'kind.plugin = module'"),
        ("acme = a.b", "is not 'kind.plugin' in snake_case"),
        ("tools.Acme = a.b", "is not 'kind.plugin' in snake_case"),
        ("tools.a.b = a.b", "is not 'kind.plugin' in snake_case"),
        ("tools.acme = ", "is not a dotted module"),
        ("tools.acme = a.b:attribute", "is not a dotted module"),
        ("tools.acme = ../a", "is not a dotted module"),
    ],
)
def test_a_junk_line_is_a_declaration_with_a_fault(dists: Any, line: str, fault: str) -> None:
    dists.info("acme", "1", f"# a comment\n; another\n[llmspell.v1]\n{line}\ntools.fine = fine.plugin\n")
    refs = scan([str(dists.path)])
    assert [ref.plugin for ref in refs if not ref.fault] == ["fine"]
    assert [ref.fault for ref in refs if fault in ref.fault]


def test_extras_of_a_value_are_dropped(dists: Any) -> None:
    dists.info("acme", "1", "[llmspell.v1]\ntools.acme = a.b [extra]\n")
    assert scan([str(dists.path)])[0].module == "a.b"


def test_egg_info_folders_are_found(dists: Any) -> None:
    folder = dists.path / "acme_eggs.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: acme-eggs\nVersion: 3.0\n")
    (folder / "entry_points.txt").write_text("[llmspell.v1]\ntools.eggs = eggs.plugin\n")
    dists.info("acme", "1", "[llmspell.v1]\ntools.acme = a.b\n")
    assert [(ref.plugin, ref.dist, ref.version) for ref in scan([str(dists.path)])] == [
        ("acme", "acme", "1"),
        ("eggs", "acme-eggs", "3.0"),
    ]


def test_archives_on_the_path_are_found(dists: Any) -> None:
    archive = dists.path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("acme_zip-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme-zip\nVersion: 1.5\n")
        bundle.writestr("acme_zip-1.5.dist-info/entry_points.txt", "[llmspell.v1]\ntools.zipped = z.plugin\n")
    (ref,) = scan([str(archive)])
    assert (ref.plugin, ref.dist, ref.version) == ("zipped", "acme-zip", "1.5")


def test_eggs_on_the_path_are_found(dists: Any) -> None:
    info = dists.path / "acme-2.0-py3.11.egg" / "EGG-INFO"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[llmspell.v1]\ntools.egg = egg.plugin\n")
    (ref,) = scan([str(info.parent)])
    assert (ref.plugin, ref.dist, ref.version) == ("egg", "acme", "2.0")


def test_paths_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no archive")
    assert scan([str(tmp_path / "absent"), str(tmp_path / "file")]) == []


def test_the_empty_path_is_the_current_folder(dists: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dists.info("acme", "1", "[llmspell.v1]\ntools.acme = a.b\n")
    monkeypatch.chdir(dists.path)
    assert names(scan([""])) == ["tools.acme"]


def test_a_hundred_plugins_are_found_without_metadata_libraries(dists: Any) -> None:
    for number in range(100):
        dists.info(f"dist-{number}", "1", f"[llmspell.v1]\ntools.p{number} = m{number}\nhooks.p{number} = m{number}\n")
    heavy = ("importlib_metadata", "importlib.metadata", "email", "attr", "pluggy", "m1")
    script = (
        "import sys; from llmspell.kernel.discovery import scan; print(len(scan([sys.argv[1]])));"
        f"print(*[module for module in {heavy!r} if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(dists.path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200"]


@given(st.randoms(use_true_random=False), st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=2))
def test_order_does_not_depend_on_how_a_folder_is_listed(shuffler: random.Random, plugins: list[str]) -> None:
    with tempfile.TemporaryDirectory() as site, pytest.MonkeyPatch.context() as patch:
        for plugin in plugins:
            info = Path(site, f"{plugin}-1.dist-info")
            info.mkdir()
            (info / "entry_points.txt").write_text(f"[llmspell.v1]\ntools.{plugin} = m\nhooks.{plugin} = m\n")
        listing = [path.name for path in Path(site).iterdir()]
        shuffler.shuffle(listing)
        patch.setattr(os, "listdir", lambda _: listing)
        found = scan([site])
    where = {p: str(Path(site, f"{p}-1.dist-info")) for p in plugins}
    assert found == [
        PluginRef(kind, p, "m", p, "1", info=where[p]) for kind in ("hooks", "tools") for p in sorted(plugins)
    ]


def test_names_are_ascii_snake_case() -> None:
    assert [text for text in ("a", "a1_b", "x" * 64) if not is_name(text)] == []
    assert [text for text in ("", "A", "_a", "1a", "a-b", "a.b", "é", "x" * 65) if is_name(text)] == []


def test_distribution_names_have_one_spelling() -> None:
    assert {normalise(name) for name in ("Acme.Tools", "acme_tools", "acme--tools")} == {"acme-tools"}


def test_a_module_of_the_kernel_is_nobody_elses_plugin(dists: Any) -> None:
    dists.info("evil", "1", "[llmspell.v1]\ntools.evil = llmspell.builtin.plugin\n")
    (ref,) = scan([str(dists.path)])
    assert "a module of llmspell itself" in ref.fault


def test_a_file_without_end_is_read_to_its_limit(dists: Any) -> None:
    many = "\n".join(f"tools.p{number} = m{number}" for number in range(20_000))
    dists.info("huge", "1", f"[llmspell.v1]\n{many}\n")
    (dists.info("endless", "1", None) / "entry_points.txt").symlink_to("/dev/zero")
    refs = scan([str(dists.path)])
    assert {ref.dist for ref in refs} == {"huge"}
    assert len(refs) == 256


def test_a_file_that_is_too_long_says_so(dists: Any) -> None:
    dists.info("huge", "1", f"[llmspell.v1]\ntools.a = b\n{'#' * 70_000}\ntools.c = d\n")
    (fault,) = (ref.fault for ref in scan([str(dists.path)]) if ref.fault)
    assert "longer than 64 KiB" in fault


def test_a_pipe_is_not_waited_for(dists: Any) -> None:
    os.mkfifo(dists.info("pipe", "1", None) / "entry_points.txt")
    assert scan([str(dists.path)]) == []
