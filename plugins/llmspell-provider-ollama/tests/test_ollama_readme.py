from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs

from llmspell.errors import error_types
from llmspell.testing import open_context
from llmspell_provider_ollama.section import OllamaSection

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_names_every_key() -> None:
    table = README.partition("| key |")[2].partition("\n\n")[0]
    named = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {one.name for one in attrs.fields(OllamaSection)}


def test_the_table_of_errors_has_their_types_and_codes() -> None:
    rows = re.findall(r"`(\w+)` \((7\d{3})\)", README)
    assert len(rows) == 9
    assert {(name, int(code)) for name, code in rows} <= {(e.type, e.code) for e in error_types()}


async def test_the_sample_of_the_config_is_valid_and_used() -> None:
    sample = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    async with open_context(config=sample, component="provider:ollama") as ctx:
        assert ctx.config == OllamaSection(
            base_url="http://gpu-box:11434",
            model="qwen3",
            context=16384,
            keep_alive="30m",
            think=False,
            options={"top_k": 40},
        )
