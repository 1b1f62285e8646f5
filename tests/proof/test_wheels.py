"""Every distribution works beside the kernel alone: none leans on another one or on the development environment."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.proof import wheels
from tests.proof.alone import open_place, try_alone
from tests.proof.distributions import distributions

if TYPE_CHECKING:
    from tests.proof.alone import Built

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("name", distributions())
def test_a_distribution_passes_its_tests_beside_the_kernel_alone(name: str, built: dict[str, Built]) -> None:
    with open_place() as place:
        tried = try_alone(name, built, place / name)
    assert tried.well, tried.said


def test_a_wheel_holds_its_package_its_licence_and_nothing_else(built: dict[str, Built]) -> None:
    for name, one in distributions().items():
        names = zipfile.ZipFile(built[name].wheel).namelist()
        tops = {entry.split("/")[0] for entry in names}
        assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {one.package}, name
        assert f"{one.package}/py.typed" in names
        assert any("/licenses/LICENSE" in entry for entry in names), name


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        wheels.main(["llmspell-tools-absent"])
    assert caught.value.code == 2
    assert "llmspell-storage-sqlite" in capsys.readouterr().err
