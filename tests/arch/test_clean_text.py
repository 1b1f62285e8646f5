"""No file names a package index or a place on somebody's machine.

The forbidden words are put together from pieces, so that this file passes its own test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INDEX_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org"]
MACHINE_PATHS = [
    "/" + "work/main",
    "/" + "work/shared",
    "/" + "tmp/team",
    "/" + "root/.",
    "/" + "opt/wheels",
    "/" + "opt/pypi",
]
BINARY = {".png", ".jpg", ".gif", ".ico", ".pdf", ".zip", ".gz", ".db", ".sqlite", ".wasm", ".xlsx", ".bin", ".woff2"}


def found(root: Path, files: list[Path], words: list[str]) -> list[str]:
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    hits = []
    for path in files:
        if path.suffix in BINARY:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        hits += [f"{path.relative_to(root)}: {match.group()}" for match in pattern.finditer(text)]
    return hits


def test_no_file_names_a_package_index(root: Path, files: list[Path]) -> None:
    assert found(root, files, INDEX_HOSTS) == []


def test_no_file_names_a_path_of_a_machine(root: Path, files: list[Path]) -> None:
    assert found(root, files, [*MACHINE_PATHS, f"{root}/"]) == []


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"see https://{INDEX_HOSTS[0]}/simple and {MACHINE_PATHS[0]}", encoding="utf-8")
    assert len(found(tmp_path, [page], [*INDEX_HOSTS, *MACHINE_PATHS])) == 2
