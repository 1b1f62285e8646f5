from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import LlmspellError, PermissionDeniedError, ResourceExhaustedError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


async def test_missing_variable_is_nothing_or_an_error(call: Call) -> None:
    assert (await call("template_processor", template="[{{nobody}}]"))["text"] == "[]"
    with pytest.raises(LlmspellError, match="nobody"):
        await call("template_processor", template="[{{nobody}}]", options={"strict": True})


async def test_escaping_is_a_choice(call: Call) -> None:
    given = {"template": "{{x}}{{{x}}}", "variables": {"x": "<"}}
    assert (await call("template_processor", **given))["text"] == "<<"
    assert (await call("template_processor", **given, options={"escape_html": True}))["text"] == "&lt;<"


async def test_a_file_needs_the_right_and_must_be_text(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.hbs").write_text("Hi {{name}}", encoding="utf-8")
    (tmp_path / "b.hbs").write_bytes(b"\xff")
    (tmp_path / "c.hbs").write_bytes(b"x" * ((1 << 20) + 1))
    made = await call("template_processor", grants=["fs.read=."], path="a.hbs", variables={"name": "Ada"})
    assert made["text"] == made["output"] == "Hi Ada"
    with pytest.raises(PermissionDeniedError):
        await call("template_processor", path="a.hbs")
    with pytest.raises(ValidationError, match="UTF-8"):
        await call("template_processor", grants=["fs.read=."], path="b.hbs")
    with pytest.raises(ResourceExhaustedError):
        await call("template_processor", grants=["fs.read=."], path="c.hbs")


@pytest.mark.parametrize("given", [{}, {"template": "a", "path": "b"}])
async def test_template_or_path(call: Call, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="either"):
        await call("template_processor", **given)


async def test_broken_template_is_told(call: Call) -> None:
    with pytest.raises(LlmspellError):
        await call("template_processor", template="{{#if x}}never closed")
