from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from llmspell.errors import error_types
from llmspell.testing import open_context
from llmspell_provider_google.section import GoogleSection

if TYPE_CHECKING:
    import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_names_every_key() -> None:
    table = README.partition("| key |")[2].partition("\n\n")[0]
    named = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {one.name for one in attrs.fields(GoogleSection)}


def test_the_table_of_errors_has_their_types_and_codes() -> None:
    rows = re.findall(r"`(\w+)` \((7\d{3})\)", README)
    assert len(rows) == 9
    assert {(name, int(code)) for name, code in rows} <= {(e.type, e.code) for e in error_types()}


async def test_the_sample_of_the_config_is_valid_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_GEMINI_KEY", "key")
    sample = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    async with open_context(config=sample, component="provider:google") as ctx:
        assert ctx.config == GoogleSection(
            api_key_env="WORK_GEMINI_KEY",
            model="gemini-2.5-pro",
            timeout=180.0,
            thoughts=True,
            thinking_budget=2048,
            safety={"harassment": "block_only_high"},
        )
