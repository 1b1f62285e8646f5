"""The files: which are found, and what is told of those that are missing, damaged or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ConfigError, ModelNotFoundError, ProviderError
from llmspell.model.llm import LlmRequest, message
from llmspell_provider_local.names import ONLY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REQUEST = LlmRequest(model="tiny", messages=(message("user", "hi"),))


async def test_the_models_are_the_files_of_the_folder(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models) as (provider, ctx):
        assert [one.name for one in await provider.models(ctx)] == ["long", "more/other", "tiny"]
    async with opened(models / "tiny.gguf") as (provider, ctx):
        assert [one.name for one in await provider.models(ctx)] == ["tiny"]
        assert (await ask(provider, ctx, REQUEST.replace(model=ONLY))).model == "tiny"


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:5000],
        lambda whole: whole[:-100],
        lambda whole: whole[:4],
        lambda whole: whole[:4] + b"\xff" * 20,
        lambda whole: whole[:8] + b"\xff" * 7 + b"\x0f" + whole[16:],  # 2 ** 60 tensors
        lambda whole: whole[:24] + b"\xff" * 7 + b"\x0f" + whole[32:],  # a key of 2 ** 60 letters
    ],
    ids=["cut in its keys", "cut in its tensors", "cut at once", "no version", "tensors", "key"],
)
async def test_a_damaged_file_is_refused(
    models: Path, opened: Any, tmp_path: Path, damage: Callable[[bytes], bytes], ask: Any
) -> None:
    (tmp_path / "half.gguf").write_bytes(damage((models / "tiny.gguf").read_bytes()))
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ProviderError, match=r"half cannot be run: .*Failed") as caught:
            await ask(provider, ctx, REQUEST.replace(model="half"))
        assert caught.value.retryable is False
        assert "whole GGUF" in caught.value.suggestions[0]
        assert provider._pool.running == {}


async def test_a_huge_file_of_nothing_is_refused(models: Path, opened: Any, tmp_path: Path, ask: Any) -> None:
    with (tmp_path / "huge.gguf").open("wb") as file:
        file.write((models / "tiny.gguf").read_bytes()[:4])
        file.truncate(1 << 40)
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ProviderError, match="huge cannot be run"):
            await ask(provider, ctx, REQUEST.replace(model="huge"))


@pytest.mark.parametrize("template", ["{{ broken", "{{ raise_exception('no system') }}"])
async def test_a_template_that_cannot_be_read_is_told(models: Path, opened: Any, template: str, ask: Any) -> None:
    async with opened(models, template=template) as (provider, ctx):
        with pytest.raises(ProviderError, match="cannot be run") as caught:
            await ask(provider, ctx, REQUEST)
        assert any("template" in advice for advice in caught.value.suggestions)


async def test_a_file_of_another_kind_is_told_plainly(opened: Any, tmp_path: Path, ask: Any) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<!doctype html>")
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ProviderError, match="is no GGUF file"):
            await ask(provider, ctx, REQUEST.replace(model="page"))


async def test_without_a_path_it_says_what_to_set(opened: Any, ask: Any) -> None:
    async with opened(None) as (provider, ctx):
        with pytest.raises(ConfigError, match=r"providers\.local\.path is not set"):
            await ask(provider, ctx, REQUEST)


async def test_a_path_to_nowhere_is_told(opened: Any, tmp_path: Path, ask: Any) -> None:
    async with opened(tmp_path / "nowhere") as (provider, ctx):
        with pytest.raises(ConfigError, match="where nothing is"):
            await ask(provider, ctx, REQUEST)
        with pytest.raises(ConfigError, match="where nothing is"):
            await provider.models(ctx)


async def test_a_missing_model_names_those_there_are(opened: Any, tmp_path: Path, ask: Any) -> None:
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ModelNotFoundError, match="no model file"):
            await ask(provider, ctx, REQUEST)
    for name in ("qwen.gguf", "gemma.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ModelNotFoundError) as caught:
            await ask(provider, ctx, REQUEST.replace(model="qwem"))
        assert caught.value.suggestions == ("did you mean 'qwen'?", "models there: gemma, qwen")
        with pytest.raises(ModelNotFoundError, match="no model is named"):
            await ask(provider, ctx, REQUEST.replace(model=ONLY))


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "more/../../outside"])
async def test_no_name_leads_out_of_the_folder(opened: Any, tmp_path: Path, name: str, ask: Any) -> None:
    (tmp_path / "outside.gguf").write_bytes(b"GGUF")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/a.gguf").write_bytes(b"GGUF")
    async with opened(tmp_path / "inside") as (provider, ctx):
        with pytest.raises(ModelNotFoundError):
            await ask(provider, ctx, REQUEST.replace(model=name))
