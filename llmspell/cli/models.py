"""`llmspell models list|pull|embed`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.cli import logs
from llmspell.cli.opening import open_app
from llmspell.errors import LlmspellError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from llmspell.cli.console import Console
    from llmspell.model.embedding import Embeddings, ModelInfo
    from llmspell.model.event import Event
    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.spec import Component

BAR = 30
"""Characters of the bar that shows how much of a model has come."""


def list_models(args: argparse.Namespace, console: Console) -> int:
    """List the models of one provider, or of all that are configured and tell them."""

    async def ask() -> list[tuple[str, ModelInfo]]:
        async with open_app(args, console) as app, app.run("models") as run:
            logs.start(app, console)
            return await _models(run, getattr(args, "provider", None), console)

    found = asyncio.run(ask())
    if console.as_json:
        console.data([{"provider": provider, **_told(one)} for provider, one in found])
        return 0
    rows = [
        (one.name, provider, "" if one.context is None else str(one.context), ", ".join(one.capabilities) or "-")
        for provider, one in found
    ]
    if rows:
        console.table(rows, ("model", "provider", "context", "capabilities"))
    else:
        console.note("no model is there; `llmspell models pull` fetches one where a provider can")
    return 0


async def _models(run: Run, provider: str | None, console: Console) -> list[tuple[str, ModelInfo]]:
    """Ask one provider, or all; of several, one that fails is a warning unless all do."""
    from llmspell.runtime.provider_calls import capable, list_models  # noqa: PLC0415 - paid by who asks a provider

    known = [c for c in run.app.catalog.list("provider") if "models" in c.capabilities and run.app.models.configured(c)]
    if provider is not None or not known:
        component, _ = capable(run, "models", provider)
        known = [component]
    ctx = run.context()
    jobs = [list_models(ctx, one) for one in sorted(known, key=lambda one: one.name)]
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    failed = [one for one in answers if isinstance(one, BaseException)]
    others = [one for one in failed if not isinstance(one, LlmspellError)]
    if others or len(failed) == len(answers):
        raise (others or failed)[0]
    for fault in failed:
        console.warn(str(fault))
    names = sorted(one.name for one in known)
    return [
        (name, one)
        for name, answer in zip(names, answers, strict=True)
        if not isinstance(answer, BaseException)
        for one in answer
    ]


def _told(one: ModelInfo) -> dict[str, object]:
    about = {"capabilities": list(one.capabilities), "context": one.context, "data": dict(one.data)}
    return {"name": one.name, **about}


def pull_model(args: argparse.Namespace, console: Console) -> int:
    """Fetch a model and show how far it is."""

    async def fetch() -> tuple[Component, str]:
        from llmspell.runtime.provider_calls import capable, pull  # noqa: PLC0415 - likewise

        async with open_app(args, console) as app, app.run("models") as run:
            logs.start(app, console)
            component, model = capable(run, "pull", getattr(args, "provider", None), args.name)
            _show_progress(app, console)
            await pull(run.context(), component, model)
            return component, model

    component, model = asyncio.run(fetch())
    if console.as_json:
        console.data({"provider": component.name, "model": model})
    else:
        console.hush()
        console.note(f"{model} is ready: ask it as {component.name}/{model}")
    return 0


def _show_progress(app: App, console: Console) -> None:
    """Draw a bar where there is a terminal."""
    line = console.line
    if line is not None:
        app.events.subscribe("progress", lambda event: line.show(bar(event)), mode="inline")


def bar(event: Event) -> str:
    """Draw how much has come: `[#####-----]  50 %  1.2 of 2.4 GB  pulling`; without a total only what has come."""
    done, total = (float(str(event.data.get(key) or 0)) for key in ("done", "total"))
    message = str(event.data.get("message") or "")
    if not total:
        return f"{_size(done)}  {message}" if done else message
    share = min(done / total, 1.0)
    full = int(share * BAR)
    return f"[{'#' * full}{'-' * (BAR - full)}] {share:4.0%}  {_size(done)} of {_size(total)}  {message}"


def _size(count: float) -> str:
    units = ("B", "kB", "MB", "GB")
    at = next((i for i in range(len(units) - 1) if count < 1000 ** (i + 1)), len(units) - 1)
    return f"{count / 1000**at:.{1 if at else 0}f} {units[at]}"


def embed_texts(args: argparse.Namespace, console: Console) -> int:
    """Print the vectors of texts."""
    texts: Iterable[str] = args.texts
    if not texts:
        raise UsageError("there is no text to embed", suggestions=["llmspell models embed --model NAME 'some text'"])

    async def ask() -> tuple[str, Embeddings]:
        from llmspell.model.embedding import EmbedRequest  # noqa: PLC0415 - likewise
        from llmspell.runtime.provider_calls import capable, embed  # noqa: PLC0415

        async with open_app(args, console) as app, app.run("models") as run:
            logs.start(app, console)
            component, model = capable(run, "embeddings", getattr(args, "provider", None), args.model)
            dimensions = getattr(args, "dimensions", None)
            request = EmbedRequest(model=model, texts=tuple(texts), dimensions=dimensions)
            return component.name, await embed(run.context(), component, request)

    from llmspell.bridge.shapes import embeddings  # noqa: PLC0415 - likewise

    provider, found = asyncio.run(ask())
    console.data({"provider": provider, **embeddings(found)})
    return 0
