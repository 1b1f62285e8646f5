"""The servers that are known by name: address, key, section."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import AuthenticationError, ConfigError
from llmspell.model.llm import LlmRequest, message
from llmspell.testing import Reply, Server, open_context
from llmspell_provider_openai.plugin import llmspell_config_sections, llmspell_providers
from llmspell_provider_openai.presets import ANYONE, preset_for
from llmspell_provider_openai.section import AzureSection, OpenAISection

if TYPE_CHECKING:
    from llmspell.spec import Component

REQUEST = LlmRequest(model="m", messages=(message("user", "hi"),))
ANSWER = {"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("server", llmspell_providers()[1:], ids=lambda server: server.name)
def test_each_is_complete(server: Component) -> None:
    module, _, name = server.target.partition(":")
    provider = getattr(import_module(module), name)
    section = provider.section
    assert server.name == section.NAME
    [declared] = [one for one in llmspell_config_sections() if one.extra["path"] == f"providers.{server.name}"]
    assert declared.target == f"{section.__module__}:{section.__name__}"
    if server.name == "azure":
        return
    [host] = provider.hosts(None)
    preset = preset_for(host.rpartition(":")[0])
    assert preset.key_env == (server.extra["key_env"] or "")
    assert (preset is ANYONE) == (server.extra["key_env"] is None)
    assert OpenAISection.USUAL != section.USUAL


async def ask(name: str, **section: object) -> None:
    async with open_context(config={"providers": {name: section}}, component=f"provider:{name}") as ctx:
        assert ctx.component is not None
        provider: Any = await ctx.app.components.instance(ctx.component)
        assert [part async for part in provider.stream(REQUEST, ctx)]


async def test_a_server_elsewhere_is_asked_where_its_section_says(server: Server) -> None:
    server.replies = [Reply.of(ANSWER)]
    await ask("vllm", base_url=f"{server.url}/v1/", model="qwen3")
    assert server.requests[0].path == "/v1/chat/completions"
    assert "authorization" not in server.requests[0].headers


async def test_openais_key_goes_to_no_other_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    server.replies = [Reply.of(ANSWER)]
    await ask("groq", base_url=f"{server.url}/v1")
    assert "authorization" not in server.requests[0].headers
    with pytest.raises(AuthenticationError) as caught:
        await ask("groq", model="m")
    assert caught.value.suggestions[0] == "set GROQ_API_KEY in the environment"
    assert "[providers.groq]" in caught.value.suggestions[1]


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://name.openai.azure.com", "https://name.openai.azure.com/openai/v1"),
        ("https://name.openai.azure.com/", "https://name.openai.azure.com/openai/v1"),
        ("https://name.openai.azure.com/openai/v1/", "https://name.openai.azure.com/openai/v1"),
        ("https://gateway.example/azure", "https://gateway.example/azure"),
    ],
)
def test_the_path_of_an_azure_resource_may_be_left_out(base_url: str, address: str) -> None:
    assert AzureSection(base_url=base_url).address == address


async def test_azure_needs_an_address() -> None:
    with pytest.raises(ConfigError, match=r"providers\.azure\.base_url is not set") as caught:
        await ask("azure", model="deployment")
    assert "Set AZURE_OPENAI_ENDPOINT." in caught.value.suggestions


async def test_responses_go_to_a_known_server_too(server: Server) -> None:
    body = {"id": "r", "status": "completed", "model": "m", "output": []}
    server.replies = [Reply.of(body)]
    await ask("lmstudio", base_url=f"{server.url}/v1", api="responses")
    assert server.requests[0].path == "/v1/responses"
