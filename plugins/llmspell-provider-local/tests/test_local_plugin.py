from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from llmspell.errors import ConfigError, error_types
from llmspell.testing import PluginContract, open_context
from llmspell_provider_local.names import is_model
from llmspell_provider_local.section import LocalSection

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_local.plugin"


def test_the_table_of_keys_names_every_key() -> None:
    table = README.partition("| key |")[2].partition("\n\n")[0]
    named = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {one.name for one in attrs.fields(LocalSection)}


def test_the_table_of_errors_has_their_types_and_codes() -> None:
    rows = re.findall(r"`(\w+)` \(([67]\d{3})\)", README)
    assert len(rows) == 7
    assert {(name, int(code)) for name, code in rows} <= {(e.type, e.code) for e in error_types()}


async def test_the_sample_of_the_config_is_valid_and_used() -> None:
    sample = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    async with open_context(config=sample, component="provider:local") as ctx:
        assert ctx.config == LocalSection(path="~/models", model="qwen3-4b-q4_k_m", context=16384, threads=4)


@pytest.mark.parametrize(
    ("key", "value"),
    [("context", 0), ("context", 1 << 30), ("parallel", 257), ("threads", 0), ("threads", 10_000), ("pooling", "max")],
)
async def test_a_key_out_of_its_bounds_is_told(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"providers\.local\.{key}"):
        async with open_context(config={f"providers.local.{key}": value}, component="provider:local"):
            pass


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.gguf", True),
        ("a.bin", False),
        ("mmproj-a.gguf", False),
        ("a-00001-of-00003.gguf", True),
        ("a-00002-of-00003.gguf", False),
        ("state-of-art.gguf", True),
    ],
)
def test_which_files_are_models(name: str, wanted: bool) -> None:
    assert is_model(name) is wanted
