from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs

from llmspell.errors import error_types
from llmspell.testing import Reply, Server, open_context
from llmspell_provider_anthropic.section import AnthropicSection

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_names_every_key() -> None:
    table = README.partition("| key |")[2].partition("\n\n")[0]
    named = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {one.name for one in attrs.fields(AnthropicSection)}


def test_the_table_of_errors_has_their_types_and_codes() -> None:
    rows = re.findall(r"`(\w+)` \((7\d{3})\)", README)
    assert len(rows) == 10
    assert {(name, int(code)) for name, code in rows} <= {(e.type, e.code) for e in error_types()}


async def test_the_sample_of_the_config_is_valid_and_used(server: Server) -> None:
    sample = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    sample["providers"]["anthropic"]["base_url"] = server.url
    server.replies = [Reply.of({"choices": []})]
    async with open_context(config=sample, component="provider:anthropic") as ctx:
        assert ctx.config == AnthropicSection(
            base_url=server.url,
            model="claude-haiku-4-5",
            timeout=120.0,
            max_tokens=4000,
            prompt_cache="5m",
            betas=("context-1m-2025-08-07",),
        )
