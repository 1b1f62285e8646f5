"""Which provider answers when nobody says who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.errors import AgentConfigError
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = ("ALPHA_HOST", "BETA_KEY", "GAMMA_KEY")
PLUGIN = "tests.unit.runtime.model_providers"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own keys out."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


async def chosen(config: Mapping[str, object] | None = None) -> str | None:
    async with open_context(config=config or {}, plugins=(PLUGIN,)) as ctx:
        models = ctx.app.models
        known = {one.name: one for one in ctx.app.catalog.list("provider")}
        ours = [known[name] for name in ("alpha", "beta", "delta", "gamma")]
        configured = [one.name for one in ours if models.configured(one)]
        first = models.first_configured()
        assert (first is not None) == bool(configured)
        return first.name if first else None


async def test_nobody_is_configured_by_being_installed() -> None:
    assert await chosen() is None


async def test_a_key_comes_before_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHA_HOST", "127.0.0.1:1")
    assert await chosen() == "alpha"
    monkeypatch.setenv("GAMMA_KEY", "k")
    assert await chosen() == "gamma"
    monkeypatch.setenv("BETA_KEY", "k")
    assert await chosen() == "beta"


async def test_a_section_comes_before_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETA_KEY", "k")
    assert await chosen({"providers": {"gamma": {"base_url": "http://127.0.0.1:1"}}}) == "gamma"
    assert await chosen({"providers": {"default": "alpha", "gamma": {"base_url": "http://127.0.0.1:1"}}}) == "alpha"


@pytest.mark.parametrize(
    ("section", "variable", "expected"),
    [
        ({"api_key": "written"}, None, "beta"),
        ({"api_key": "${OTHER_KEY}"}, "OTHER_KEY", "beta"),
        ({"api_key": "${OTHER_KEY}"}, None, None),
        ({"api_key_env": "OTHER_KEY"}, "OTHER_KEY", "beta"),
        ({"api_key_env": "OTHER_KEY"}, None, None),
        ({"model": "m"}, None, None),
    ],
)
async def test_a_section_counts_when_its_key_is_there(
    monkeypatch: pytest.MonkeyPatch, section: dict[str, str], variable: str | None, expected: str | None
) -> None:
    monkeypatch.delenv("OTHER_KEY", raising=False)
    if variable:
        monkeypatch.setenv(variable, "k")
    assert await chosen({"providers": {"beta": section}}) == expected


async def test_a_provider_that_needs_no_key_is_configured_by_its_section() -> None:
    assert await chosen({"providers": {"delta": {"model": "m"}}}) == "delta"


async def test_the_error_names_one_key_and_who_knows_the_others() -> None:
    async with open_context(plugins=(PLUGIN,)) as ctx:
        with pytest.raises(AgentConfigError) as caught:
            ctx.app.models.choose(ctx.run)
    assert "or the key of another provider" in caught.value.suggestions[0]
    assert "llmspell doctor" in caught.value.suggestions[0]
