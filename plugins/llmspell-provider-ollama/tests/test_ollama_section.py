from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ConfigError
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.secrets import SecretService
from llmspell.testing import open_context
from llmspell_provider_ollama.endpoint import open_endpoint
from llmspell_provider_ollama.provider import OllamaProvider
from llmspell_provider_ollama.section import OllamaSection, web_address

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("gpu-box", "http://gpu-box:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999"),
        ("[::]:9999", "http://[::1]:9999"),
        ("[::1]", "http://[::1]:11434"),
        (" 10.0.0.7:11434 ", "http://10.0.0.7:11434"),
        ("http://gpu-box", "http://gpu-box"),
        ("https://llm.example.com/ollama/", "https://llm.example.com/ollama"),
        ("gpu-box:1/behind", "http://gpu-box:1/behind"),
        ("ollama.com", "https://ollama.com"),
    ],
)
def test_addresses_as_ollama_reads_them(text: str, address: str) -> None:
    assert web_address(text) == address
    assert OllamaSection(base_url=text).base_url == address


@pytest.mark.parametrize("text", ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/api/", "ftp://x", "::1"])
def test_addresses_of_something_else(text: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        OllamaSection(base_url=text)


def test_the_default_is_this_machine() -> None:
    assert OllamaProvider.hosts({}) == ["127.0.0.1:11434"]
    assert OllamaProvider.hosts(OllamaSection(base_url="gpu-box", networks=("10.0.0.0/8",))) == [
        "gpu-box:11434",
        "10.0.0.0/8:11434",
    ]
    assert open_endpoint(OllamaSection(), SecretService({})).headers == {}


async def test_the_variable_of_ollama_names_the_server(tmp_path: Path) -> None:
    config = Config.load(environment={"OLLAMA_HOST": "0.0.0.0:7000"}, working=tmp_path, user_folder=tmp_path)
    async with App.open(config=config) as app:
        section = app.section_of(app.catalog.get("provider", "ollama"))
        assert isinstance(section, OllamaSection)
        assert section.base_url == "http://127.0.0.1:7000"


async def test_a_config_with_every_key() -> None:
    keys: dict[str, object] = {
        "base_url": "gpu-box",
        "networks": ["10.0.0.0/8"],
        "model": "qwen3",
        "api": "generate",
        "timeout": "2m",
        "keep_alive": "10m",
        "context": 8192,
        "truncate": True,
        "think": "low",
        "temperature": 0.5,
        "max_tokens": 10,
        "options": {"top_k": 3},
        "headers": {"X-Team": "a"},
    }
    async with open_context(config={"providers": {"ollama": keys}}, component="provider:ollama") as ctx:
        section: Any = ctx.config
        assert (section.base_url, section.timeout, section.keep_alive) == ("http://gpu-box:11434", 120.0, "10m")
        assert (section.think, section.options) == ("low", {"top_k": 3})


@pytest.mark.parametrize(
    ("key", "value", "held"),
    [("keep_alive", -1, -1), ("keep_alive", 0, 0), ("think", True, True), ("think", False, False)],
)
async def test_keys_of_two_types(key: str, value: object, held: object) -> None:
    async with open_context(config={"providers": {"ollama": {key: value}}}, component="provider:ollama") as ctx:
        found = getattr(ctx.config, key)
        assert found == held
        assert isinstance(found, bool) == isinstance(held, bool)


@pytest.mark.parametrize(
    "keys", [{"base_url": "http://x/v1"}, {"think": "much"}, {"api": "embed"}, {"context": 0}, {"timeout": 0}]
)
async def test_faults_of_a_config(keys: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        async with open_context(config={"providers": {"ollama": keys}}, component="provider:ollama") as ctx:
            assert ctx.config
    assert f"providers.ollama.{next(iter(keys))}" in str(caught.value.faults)
