from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from attrs import field, frozen

from llmspell.model.doc import Doc
from llmspell.services.config import Config
from llmspell.services.config_schema import SECTIONS
from llmspell.services.config_template import render_template

if TYPE_CHECKING:
    from pathlib import Path


@frozen(kw_only=True)
class Demo:
    """A section of a component."""

    MILLISECONDS: ClassVar = ("timeout",)
    SIZES: ClassVar = ("cache",)

    needed: Annotated[str, Doc("Must be said.")]
    timeout: Annotated[float, Doc("How long to wait.")] = 1.5
    cache: int = 10 << 20
    hosts: list[str] = field(factory=lambda: ["a", 'b"c'])
    headers: dict[str, str] = field(factory=lambda: {"x-y": "z"})


def test_a_new_file_is_a_right_one(tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(render_template())
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    assert all(config.section(path) == cls() for path, cls in SECTIONS.items())


def test_every_default_reads_back_as_itself(tmp_path: Path) -> None:
    text = re.sub(r"^# (\w+ = [^#\n]+)$", r"\1", render_template(), flags=re.MULTILINE)
    (tmp_path / "llmspell.toml").write_text(text)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    for path, cls in SECTIONS.items():
        assert config.section(path) == cls()
    assert config.origin("scripting.max_memory_usage") == str(tmp_path / "llmspell.toml")


def test_every_key_of_every_section_is_explained() -> None:
    text = render_template()
    assert re.findall(r"^#  \(.*$", text, flags=re.MULTILINE) == []
    for path in SECTIONS:
        assert f"\n[{path}]\n" in text


def test_sections_of_components_are_written_too() -> None:
    block = render_template({"tools.demo": Demo}).split("[tools.demo]\n")[1]
    assert block == (
        "# Must be said. (a text)\n# needed =  # needed\n"
        '# How long to wait. (a number)\n# timeout = "1.5s"\n'
        '# (a whole number)\n# cache = "10 MB"\n'
        '# (a list)\n# hosts = ["a", "b\\"c"]\n'
        '# (a table)\n# headers = {"x-y" = "z"}\n'
    )
