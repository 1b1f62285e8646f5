"""The lock files pin everything by hash, name no place on the network and follow the distributions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arch.conftest import Distribution

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(path.read_text(encoding="utf-8"))}


def test_every_locked_package_has_hashes(root: Path) -> None:
    locks = sorted(root.glob("requirements/*.lock"))
    assert locks
    for lock in locks:
        blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == [], lock.name


def test_no_requirements_file_names_an_index_or_a_path(root: Path) -> None:
    for path in sorted(root.glob("requirements/*")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "://" in line or line.startswith(("-", "/", "file:"))] == [], path.name


def test_the_lock_satisfies_every_distribution(root: Path, kernel: Distribution, plugins: list[Distribution]) -> None:
    locked = pins(root / "requirements" / "dev.lock")
    ours = {dist.name for dist in [kernel, *plugins]}
    for dist in [kernel, *plugins]:
        for ask in map(Requirement, dist.project["dependencies"]):
            if ask.name not in ours and (ask.marker is None or ask.marker.evaluate()):
                name = canonicalize_name(ask.name)
                assert name in locked, f"{dist.name} asks for {ask}: run `make lock`"
                assert ask.specifier.contains(locked[name]), (
                    f"{dist.name} asks for {ask}, {locked[name]} is locked: run `make lock`"
                )


def test_constraints_name_the_versions_that_the_lock_was_tested_with(root: Path) -> None:
    constraints, locked = pins(root / "requirements" / "constraints.txt"), pins(root / "requirements" / "dev.lock")
    assert constraints
    assert {name: version for name, version in constraints.items() if locked.get(name) != version} == {}
