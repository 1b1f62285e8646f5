"""What providers can besides chat: each an operation with hooks, events, retries and errors that name who can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    CapabilityMissingError,
    HookError,
    NetworkError,
    OverloadedError,
    ProviderError,
    RefusedError,
    UnreachableError,
)
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.model.embedding import Embeddings, EmbedRequest, ModelInfo
from llmspell.model.llm import LlmRequest, Usage, message
from llmspell.runtime.app import App
from llmspell.runtime.provider_calls import capable, count_tokens, embed, list_models, pull
from llmspell.services.config import Config
from llmspell.spec import provider

if TYPE_CHECKING:
    from llmspell.runtime.run import Run
    from llmspell.spec import Component, Context

ALL = ("text", "embeddings", "models", "pull", "count_tokens")
REQUEST = EmbedRequest(model="small", texts=("a", "bb"))


class Able:
    """Give vectors of the lengths of texts; fail with the errors given first."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.pulled: list[str] = []

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        self._fail()
        vectors = tuple((float(len(text)),) for text in request.texts)
        return Embeddings(vectors=vectors, model=request.model, usage=Usage(requests=1, input_tokens=3))

    async def models(self, ctx: Context) -> Any:
        self._fail()
        return [ModelInfo(name="small", context=8)]

    async def pull(self, model: str, ctx: Context) -> None:
        self._fail()
        ctx.progress(1, 2, "halfway")
        self.pulled.append(model)

    async def count_tokens(self, request: LlmRequest, ctx: Context) -> int:
        self._fail()
        return sum(len(one.text) for one in request.messages)


@pytest.fixture
def able() -> Able:
    return Able()


@pytest.fixture
def component(run: Run, able: Able) -> Component:
    made = provider("able", "nowhere:Able", "Can all.", models=("small*",), capabilities=ALL)
    run.app.catalog.register(made, able, owner=run.id)
    return made


async def test_each_capability_is_served(run: Run, able: Able, component: Component) -> None:
    ctx = run.context()
    found = await embed(ctx, component, REQUEST)
    assert (found.vectors, found.usage.input_tokens) == (((1.0,), (2.0,)), 3)
    assert await list_models(ctx, component) == (ModelInfo(name="small", context=8),)
    await pull(ctx, component, "new")
    assert able.pulled == ["new"]
    request = LlmRequest(model="small", messages=(message("user", "four"),))
    assert await count_tokens(ctx, component, request) == 4


async def test_hooks_see_and_change_the_call(run: Run, component: Component) -> None:
    seen: list[Any] = []

    def shorter(call: Any) -> Proceed:
        seen.append((call.operation, call.subject, dict(call.metadata)))
        return Proceed(call.replace(input=EmbedRequest(model="small", texts=("ccc",))))

    run.hooks.register("before_provider_call", shorter)
    run.hooks.register("after_provider_call", lambda result: seen.append(result.vectors))
    await embed(run.context(), component, REQUEST)
    about = {"provider": "able", "capability": "embeddings"}
    assert seen == [("provider_call", "small", about), ((3.0,),)]


async def test_a_hook_may_refuse_and_answer(run: Run, able: Able, component: Component) -> None:
    mine = Embeddings(vectors=((9.0,),), model="mine")
    hook = run.hooks.register("before_provider_call", lambda: Answer(mine))
    assert await embed(run.context(), component, REQUEST) is mine
    with pytest.raises(HookError, match=r"'able' gave Embeddings, wanted a tuple of ModelInfo"):
        await list_models(run.context(), component)
    run.hooks.remove(hook)
    run.hooks.register("before_provider_call", lambda: Refuse("no models here"))
    with pytest.raises(RefusedError, match="no models here"):
        await pull(run.context(), component, "new")
    assert able.pulled == []


async def test_events_tell_of_it(run: Run, component: Component) -> None:
    seen: list[Any] = []
    run.app.events.subscribe("*", lambda event: seen.append((event.name, event.data.get("capability"))), mode="inline")
    await pull(run.context(), component, "new")
    assert seen == [("provider_call_started", "pull"), ("progress", None), ("provider_call_completed", "pull")]


async def test_what_is_retryable_is_asked_again(run: Run, able: Able, component: Component) -> None:
    waits: list[object] = []
    run.app.events.subscribe("retry_scheduled", lambda event: waits.append(event.data["delay"]), mode="inline")
    able.errors = [OverloadedError("busy", retry_after=0.0)]
    assert len((await embed(run.context(), component, REQUEST)).vectors) == 2
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("odd"), ProviderError),
        (NetworkError("cut", retryable=False), UnreachableError),
        (ProviderError("no"), ProviderError),
    ],
)
async def test_errors_name_provider_and_model(
    run: Run, able: Able, component: Component, error: Exception, kind: type[ProviderError]
) -> None:
    able.errors = [error]
    with pytest.raises(kind) as caught:
        await embed(run.context(), component, REQUEST)
    assert type(caught.value) is kind
    assert (caught.value.context["provider"], caught.value.context["model"]) == ("able", "small")


def test_who_is_named_is_meant(run: Run, component: Component) -> None:
    assert capable(run, "embeddings", "able") == (component, "")
    assert capable(run, "embeddings", model="able/big") == (component, "big")
    assert capable(run, "embeddings", model="small-2") == (component, "small-2")


def test_one_that_cannot_is_an_error_that_names_who_can(run: Run, component: Component) -> None:
    with pytest.raises(CapabilityMissingError, match="provider 'test' does not have the capability 'pull'") as caught:
        capable(run, "pull", "test")
    assert "able" in caught.value.context["providers"]  # type: ignore[operator]
    assert any("able" in one for one in caught.value.suggestions)


async def test_the_default_is_not_silently_replaced(tmp_path) -> None:
    flags = {"providers.default": "test", "providers.ollama.base_url": "http://127.0.0.1:9"}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path)
    async with App.open(config=config) as app, app.run("test") as run:
        with pytest.raises(CapabilityMissingError, match="'test'") as caught:
            capable(run, "embeddings")
        assert "these have it and are configured: ollama" in caught.value.suggestions


async def test_the_first_configured_that_can_is_asked(tmp_path) -> None:
    flags = {"providers.anthropic.api_key_env": "NOBODY", "providers.ollama.base_url": "http://127.0.0.1:9"}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path)
    async with App.open(config=config) as app, app.run("test") as run:
        assert capable(run, "embeddings")[0].name == "ollama"
