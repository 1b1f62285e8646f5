"""Media of messages: where they come from, what they are, and what is refused before anything is sent."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge import shapes
from llmspell.bridge.api import agent_media
from llmspell.bridge.api.agent_media import LARGEST, MediaGiven, MediaOptions, media
from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.model.agent import AgentResult
from llmspell.model.llm import Media, Message, Reasoning, Text, message
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "application/octet-stream"
PNG = b"\x89PNG\r\n\x1a\n rest"
JPEG = b"\xff\xd8\xff\xe0 rest"
WAV = b"RIFF\x00\x00\x00\x00WAVEfmt "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "photo").write_bytes(JPEG)
    (tmp_path / "note.MD").write_bytes(b"# Hello")
    (tmp_path / "thing.xyz").write_bytes(b"?")
    return tmp_path


async def read(
    folder: Path, *, grants: tuple[str, ...] = ("fs.read=.", "net.connect=example.com"), **given: Any
) -> list[Media]:
    async with open_context(grants=grants, cwd=folder) as ctx:
        return list(await media(ctx, MediaGiven(**given)))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"images": "a.png"}, Media(kind="image", media_type="image/png", data=PNG, name="a.png")),
        ({"images": ["photo"]}, Media(kind="image", media_type="image/jpeg", data=JPEG, name="photo")),
        ({"files": ["note.MD"]}, Media(kind="file", media_type="text/markdown", data=b"# Hello", name="note.MD")),
        ({"files": ["thing.xyz"]}, Media(kind="file", media_type=UNKNOWN, data=b"?", name="thing.xyz")),
        ({"files": [MediaOptions(path="note.MD", name="x", media_type="text/plain")]},
         Media(kind="file", media_type="text/plain", data=b"# Hello", name="x")),
        ({"images": [PNG]}, Media(kind="image", media_type="image/png", data=PNG)),
        ({"audio": WAV}, Media(kind="audio", media_type="audio/wav", data=WAV)),
        ({"files": MediaOptions(data="hé", name="a.txt")},
         Media(kind="file", media_type="text/plain", data="hé".encode(), name="a.txt")),
        ({"images": "data:image/webp;base64," + base64.b64encode(b"x").decode()},
         Media(kind="image", media_type="image/webp", data=b"x")),
        ({"files": "data:text/plain;charset=utf-8,a%20b"}, Media(kind="file", media_type="text/plain", data=b"a b")),
        ({"files": "data:,a"}, Media(kind="file", media_type=UNKNOWN, data=b"a")),
        ({"images": "https://example.com/x/cat.jpeg?w=1"},
         Media(kind="image", media_type="image/jpeg", url="https://example.com/x/cat.jpeg?w=1", name="cat.jpeg")),
        ({"images": MediaOptions(url="https://example.com/", media_type="image/png")},
         Media(kind="image", media_type="image/png", url="https://example.com/")),
    ],
)  # fmt: skip
async def test_media_come_from_paths_addresses_and_bytes(folder, given, found):
    assert await read(folder, **given) == [found]


async def test_images_come_first_then_audio_then_files(folder):
    found = await read(folder, files="note.MD", audio=[WAV], images=["a.png", PNG])
    assert [one.kind for one in found] == ["image", "image", "audio", "file"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"images": ["a.png", "note.MD"]}, r"images\[2\] is text/markdown, not an image"),
        ({"audio": "a.png"}, "audio is image/png, not audio"),
        ({"images": "thing.xyz"}, "neither its name nor its bytes tell"),
        ({"images": "https://example.com/cat"}, "neither its name nor its bytes tell"),
        ({"images": MediaOptions()}, "needs one of `path`, `url` and `data`"),
        ({"images": MediaOptions(path="a.png", data=PNG)}, "needs one of"),
        ({"images": "data:image/png;base64,@@"}, "base64 is damaged"),
        ({"images": "data:image/png;base64"}, "without a comma"),
        ({"images": MediaOptions(url="ftp://example.com/a.png")}, "is no address of the web"),
        ({"images": "https:///a.png"}, "is no address of the web"),
        ({"images": "https://example.com:x/a.png"}, "is no address of the web"),
    ],
)
async def test_what_cannot_be_sent_is_refused_by_its_place(folder, given, words):
    with pytest.raises(ValidationError, match=words) as caught:
        await read(folder, **given)
    assert caught.value.suggestions


async def test_files_are_read_with_the_rights_of_the_script(folder):
    with pytest.raises(PermissionDeniedError):
        await read(folder, grants=(), images="a.png")
    with pytest.raises(PermissionDeniedError, match=r"example\.org:443"):
        await read(folder, images="https://example.org/a.png?secret=x")
    with pytest.raises(ResourceUnavailableError):
        await read(folder, images="b.png")


async def test_a_medium_has_a_largest_size(folder):
    with pytest.raises(ValidationError, match="more than"):
        await read(folder, files="data:," + "a" * (LARGEST + 1))


async def test_a_hook_that_changes_the_words_leaves_the_media(spell) -> None:
    async def main(guest) -> Any:
        steps = {"provider": "scripted", "extra": {"script": {"steps": [{"text": "{{input}}"}]}}}
        agent = await guest.call("Agent.new", {"name": "a", **steps})

        async def louder(context: Any) -> Any:
            return {**context, "input": context["input"]["content"] + "!"}

        await guest.call("agent.register_hook", agent, "before_agent_execution", guest.function(louder))
        given = {"text": "look", "images": {"data": {"$b": base64.b64encode(PNG).decode()}}}
        said = await guest.call("agent.chat", agent, given)
        return said, (await guest.call("agent.history", agent))[0]

    said, first = await spell(main)
    assert said == "look!"
    assert first == {
        "role": "user",
        "content": "look!",
        "media": [{"type": "image", "media_type": "image/png", "size": len(PNG)}],
    }


def test_results_show_reasoning_and_media():
    drawn = Media(kind="image", media_type="image/png", data=PNG)
    thought = (Reasoning(text="Hm. "), Reasoning(text="Yes."))
    said = Message(role="assistant", parts=(*thought, Text(text="Here."), drawn))
    table = shapes.agent_result(AgentResult(content="Here.", messages=(said,)))
    assert table["reasoning"] == "Hm. Yes."
    assert table["media"] == [{"type": "image", "media_type": "image/png", "size": len(PNG), "data": PNG}]
    assert "media" not in shapes.agent_result(AgentResult(content="x", messages=(message("assistant", "x"),)))


def test_every_known_ending_belongs_to_a_kind():
    assert {kind.split("/")[0] for kind in agent_media.TYPES.values()} == {"image", "audio", "text", "application"}


async def test_a_name_does_not_stand_for_the_right_to_connect(folder: Path) -> None:
    with pytest.raises(PermissionDeniedError, match=r"evil\.example"):
        await read(folder, images=MediaOptions(url="https://evil.example/?q=secret", name="cat.png"))
