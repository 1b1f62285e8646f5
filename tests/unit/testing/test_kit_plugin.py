from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell import testing
from llmspell.errors import PermissionDeniedError
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path


async def test_make_context_gives_a_real_context(make_context: Any, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("here")
    ctx = await make_context(grants=["fs.read=."])
    assert await ctx.fs.read("note") == b"here"
    with pytest.raises(PermissionDeniedError):
        await ctx.fs.write("note", b"changed")


async def test_contexts_do_not_share_rights(make_context: Any) -> None:
    one = await make_context(grants=["fs.read=."])
    other = await make_context()
    assert one.scope.grants.may("fs.read")
    assert not other.scope.grants.may("fs.read")


async def test_a_context_of_a_component_has_its_section_and_rights() -> None:
    config = {"providers": {"openai": {"model": "m"}}}
    async with open_context(config=config, component="provider:openai", grants=["fs.read=."]) as ctx:
        assert ctx.component is not None
        assert ctx.config.model == "m"  # type: ignore[attr-defined]  # the section's own class
        assert not ctx.grants.may("fs.read")


async def test_a_context_has_a_folder_of_its_own() -> None:
    async with open_context() as ctx:
        folder = ctx.paths.working
        assert list(folder.iterdir()) == []
    assert not folder.exists()


async def test_plugins_that_are_not_installed_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from llmspell.spec import hookimpl, tool\n@hookimpl\ndef llmspell_tools():\n"
    source += "    return [tool('echo', 'json:loads', 'Echo.', category='test')]\n"
    (tmp_path / "not_installed_anywhere.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    async with open_context(plugins=["not_installed_anywhere"]) as ctx:
        assert ctx.app.catalog.get("tool", "echo").plugin == "not_installed_anywhere"


@pytest.mark.parametrize("name", testing.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(testing, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = testing.no_such_name
