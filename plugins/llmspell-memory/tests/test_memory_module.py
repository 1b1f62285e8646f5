"""`Memory`: what is kept, found, refused, and seen by whom."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import (
    CapabilityMissingError,
    ConfigError,
    EmbeddingMismatchError,
    ModelNotFoundError,
    PermissionDeniedError,
    ProviderError,
    SessionError,
    StorageConflictError,
    StorageError,
    ValidationError,
)
from llmspell.spec.script_modules import functions_of
from llmspell_memory.index import unit
from llmspell_memory.module import (
    HELD,
    Memory,
    MemoryAddOptions,
    MemoryListOptions,
    MemoryPlaceOptions,
    MemoryReindexOptions,
    MemorySearchOptions,
    MemoryText,
)
from llmspell_memory.plugin import FUNCTIONS
from llmspell_memory.records import Kept, write_record


def entries(*texts: str) -> list[MemoryText]:
    return [MemoryText(text=text) for text in texts]


USEARCH = "the approximate index is an extra: llmspell-memory[usearch]"


async def found(stage, query: str, **options: object) -> list[str]:
    return [one["text"] for one in await stage.module.search(query, stage.ctx, MemorySearchOptions(**options))]


def test_it_announces_the_functions_it_has() -> None:
    about = functions_of(Memory).values()
    assert {name for one in about for name in (one.name, *one.aliases)} == set(FUNCTIONS)


async def test_the_nearest_comes_first(stage) -> None:
    async with stage() as at:
        keys = await at.module.add(entries("aaab", "bbba", "cccc"), at.ctx)
        assert len(set(keys)) == 3
        assert await found(at, "aa", limit=2) == ["aaab", "bbba"]
        assert await found(at, "aa", limit=9, min_score=0.5) == ["aaab"]
        assert at.vectors.asked[0] == (("aaab", "bbba", "cccc"), "document")
        assert at.vectors.asked[1] == (("aa",), "query")
        (told,) = await at.module.search("cc", at.ctx, MemorySearchOptions(limit=1))
        assert told["score"] == pytest.approx(1)
        assert told["untrusted"] is True
        assert told["key"] == keys[2]


async def test_what_is_found_labels_the_run_and_what_a_labelled_run_keeps_is_private_in_the_next(stage) -> None:
    trusted = MemoryAddOptions(key="mine", trusted=True)
    async with stage() as at:
        await at.module.add(MemoryText(text="aaa"), at.ctx, trusted)
        assert await at.module.get("mine", at.ctx)
        assert not at.ctx.labels
        at.ctx.label("private")
        await at.module.add(MemoryText(text="bbb"), at.ctx, MemoryAddOptions(key="theirs"))
        assert await at.module.get("theirs", at.ctx)
        assert set(at.ctx.labels) == {"private", "untrusted"}
    pytest.importorskip("llmspell_storage_sqlite", reason="it needs a store that lasts: llmspell-storage-sqlite")
    async with stage() as at:
        assert await at.module.get("mine", at.ctx)
        assert not at.ctx.labels
        assert await at.module.list_(at.ctx)
        assert set(at.ctx.labels) == {"private", "untrusted"}


async def test_keys_data_and_trust_come_back(stage) -> None:
    async with stage() as at:
        options = MemoryAddOptions(key="k", data={"n": [1]}, trusted=True)
        assert await at.module.add(MemoryText(text="abc"), at.ctx, options) == "k"
        told = await at.module.get("k", at.ctx)
        assert {key: told[key] for key in ("text", "data", "untrusted")} == {
            "text": "abc",
            "data": {"n": [1]},
            "untrusted": False,
        }
        await at.module.add(MemoryText(text="ddd"), at.ctx, MemoryAddOptions(key="k"))
        assert [one["text"] for one in await at.module.list_(at.ctx)] == ["ddd"]
        assert await found(at, "abc", min_score=0.5) == []
        assert await at.module.forget("k", at.ctx) is True
        assert await at.module.forget("k", at.ctx) is False
        assert await at.module.get("k", at.ctx) is None
        assert await found(at, "ddd") == []


async def test_who_forgets_first_still_knows_which_model_it_is(stage) -> None:
    async with stage() as at:
        await at.module.add([MemoryText(text="aaa", key="a"), MemoryText(text="bbb", key="b")], at.ctx)
        at.module = Memory()  # as in another process, which has read nothing yet
        assert await at.module.forget("a", at.ctx) is True
        assert (await at.module.stats(at.ctx))["model"] == "letters"
        assert await found(at, "b") == ["bbb"]


async def test_an_empty_memory_asks_no_model(stage) -> None:
    async with stage() as at:
        assert await found(at, "a") == []
        assert at.vectors.asked == []
        assert await at.module.stats(at.ctx) == {"place": "spell/test", "count": 0}
        assert await at.module.add([], at.ctx) == []
        assert await at.module.clear(at.ctx) == 0
        assert await at.module.reindex(at.ctx) == 0


async def test_the_newest_are_listed_first(stage) -> None:
    async with stage() as at:
        for text in ("a", "b", "c"):
            await at.module.add(MemoryText(text=text), at.ctx)
        assert [one["text"] for one in await at.module.list_(at.ctx, MemoryListOptions(limit=2))] == ["c", "b"]


async def test_another_application_finds_what_was_kept(stage) -> None:
    pytest.importorskip("llmspell_storage_sqlite", reason="it needs a store that lasts: llmspell-storage-sqlite")
    async with stage() as at:
        await at.module.add(entries("aaab", "bbba"), at.ctx)
    async with stage() as at:
        assert await found(at, "b", limit=1) == ["bbba"]
        assert await at.module.stats(at.ctx) == {
            "place": "spell/test",
            "count": 2,
            "model": "letters",
            "dimensions": 4,
            "index": "numpy",
        }


async def test_what_another_wrote_is_found(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="a"), at.ctx)
        other = Memory()
        await other.add(MemoryText(text="b"), at.ctx)
        assert await found(at, "b", limit=1) == ["b"]
        await other.clear(at.ctx)
        assert await found(at, "b") == []


async def test_writers_side_by_side_lose_nothing(stage) -> None:
    async with stage() as at:
        writers = [at.module, Memory(), Memory()]
        await asyncio.gather(*(one.add(MemoryText(text="abcd"[n]), at.ctx) for n in range(4) for one in writers))
        for one in writers:
            assert (await one.stats(at.ctx))["count"] == 12


async def test_each_place_is_its_own(stage) -> None:
    async with stage(session="s") as at:
        places = {
            "spell/test": MemoryPlaceOptions(),
            "agent/test/a%2Fb": MemoryPlaceOptions(agent="a/b"),
            "shared": MemoryPlaceOptions(namespace="shared"),
            f"session/{at.ctx.session}": MemoryPlaceOptions(namespace="session"),
        }
        for place, options in places.items():
            assert (await at.module.stats(at.ctx, options))["place"] == place
            await at.module.add(MemoryText(text="abc"), at.ctx, MemoryAddOptions(**options.given(), key=place))
        for place, options in places.items():
            assert [one["key"] for one in await at.module.list_(at.ctx, MemoryListOptions(**options.given()))] == [
                place
            ]
        assert await at.module.clear(at.ctx, places["shared"]) == 1
        assert (await at.module.stats(at.ctx))["count"] == 1


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"namespace": "agent"}, ValidationError, "needs its name"),
        ({"namespace": "shared", "agent": "a"}, ValidationError, "has no agent"),
        ({"namespace": "session"}, SessionError, "no session"),
        ({"agent": ""}, ValidationError, "at least one character"),
    ],
)
async def test_a_place_that_is_none(stage, options, kind, says) -> None:
    async with stage() as at:
        with pytest.raises(kind, match=says):
            await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(**options))


async def test_rights_name_the_place(stage) -> None:
    rules = ("!state.write=memory:memory/shared/*", "!state.read=memory:memory/agent/*")
    async with stage(grants=rules) as at:
        await at.module.add(MemoryText(text="a"), at.ctx)
        with pytest.raises(PermissionDeniedError, match=r"state\.write"):
            await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(namespace="shared"))
        assert await at.module.list_(at.ctx, MemoryListOptions(namespace="shared")) == []
        await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(agent="x", key="k"))
        for look in (
            at.module.search("a", at.ctx, MemorySearchOptions(agent="x")),
            at.module.get("k", at.ctx, MemoryPlaceOptions(agent="x")),
            at.module.list_(at.ctx, MemoryListOptions(agent="x")),
            at.module.stats(at.ctx, MemoryPlaceOptions(agent="x")),
            at.module.reindex(at.ctx, MemoryReindexOptions(agent="x")),
        ):
            with pytest.raises(PermissionDeniedError, match=r"state\.read"):
                await look


# -- vectors of another kind -------------------------------------------------------------------------------------------


async def test_a_model_that_changes_its_length_is_an_error(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="abc"), at.ctx, MemoryAddOptions(key="k"))
        at.vectors.size = 6
        for work in (at.module.add(MemoryText(text="b"), at.ctx), at.module.search("b", at.ctx)):
            with pytest.raises(
                EmbeddingMismatchError, match="4 numbers by 'letters', and these are 6 numbers"
            ) as caught:
                await work
            assert caught.value.context["dimensions"] == 6
            assert "reindex" in caught.value.suggestions[0]
        assert [one["text"] for one in await at.module.list_(at.ctx)] == ["abc"]
        assert await at.module.reindex(at.ctx) == 1
        assert (await at.module.stats(at.ctx))["dimensions"] == 6
        assert await found(at, "abc") == ["abc"]


async def test_another_model_of_the_same_length_is_an_error(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="abc"), at.ctx)
        with pytest.raises(EmbeddingMismatchError, match="'letters/other'"):
            await at.module.add(MemoryText(text="b"), at.ctx, MemoryAddOptions(model="letters/other"))
        at.vectors.model = "letters-2"
        with pytest.raises(EmbeddingMismatchError, match="4 numbers by 'letters-2'"):
            await at.module.add(MemoryText(text="b"), at.ctx)
        await at.module.clear(at.ctx)
        await at.module.add(MemoryText(text="b"), at.ctx)
        assert (await at.module.stats(at.ctx))["model"] == "letters-2"


async def test_the_first_text_may_name_the_model_and_the_others_follow(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="green tea"), at.ctx, MemoryAddOptions(model="words/words-64"))
        await at.module.add(MemoryText(text="black coffee"), at.ctx)
        assert await found(at, "tea", limit=1) == ["green tea"]
        assert at.vectors.asked == []
        assert await at.module.reindex(at.ctx, MemoryReindexOptions(model="letters/letters")) == 2
        assert (await at.module.stats(at.ctx))["dimensions"] == 4


async def test_a_first_text_of_another_kind_meanwhile_is_refused(stage) -> None:
    async with stage() as at:
        other = Memory()
        await at.module.stats(at.ctx)
        place = at.module._at(at.ctx, MemoryPlaceOptions())
        head, vectors = await at.module._vectors(at.ctx, place, ["a"], MemoryAddOptions(), "document")
        await other.add(MemoryText(text="x"), at.ctx, MemoryAddOptions(model="words/words-8"))
        with pytest.raises(ValueError, match="words-8"):
            await place.put(at.ctx, head, [(Kept(key="k", text="a"), vectors[0])])


async def test_a_text_that_is_added_while_vectors_are_made_anew_is_not_lost(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="abc"), at.ctx)
        real = at.vectors.embed

        async def meanwhile(request, ctx):
            at.vectors.embed = real
            await at.module.add(MemoryText(text="ddd"), at.ctx)
            at.vectors.size = 6
            return await real(request, ctx)

        at.vectors.embed = meanwhile
        with pytest.raises(StorageConflictError, match="as it was"):
            await at.module.reindex(at.ctx)
        at.vectors.size = 4
        assert await found(at, "d", limit=1) == ["ddd"]


async def test_many_texts_are_asked_for_in_batches(stage) -> None:
    async with stage() as at:
        await at.module.add(entries(*(f"a{n}" for n in range(100))), at.ctx)
        assert [len(texts) for texts, _ in at.vectors.asked] == [64, 36]
        assert (await at.module.stats(at.ctx))["count"] == 100


async def test_who_may_not_write_spends_nothing(stage) -> None:
    async with stage(grants=("!state.write=memory:memory/*",)) as at:
        with pytest.raises(PermissionDeniedError):
            await at.module.add(MemoryText(text="a"), at.ctx)
        assert at.vectors.asked == []


async def test_memories_that_were_not_used_lately_are_read_again(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(agent="first"))
        for n in range(HELD):
            await at.module.stats(at.ctx, MemoryPlaceOptions(agent=f"a{n}"))
        assert "agent/test/first" not in at.module._places
        assert await found(at, "a", agent="first") == ["a"]


async def test_a_vector_of_another_length_is_damage(stage) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(key="k"))
        await at.ctx.storage.put("spell/test/=k", write_record(Kept(key="k", text="a"), unit([1, 2])))
        with pytest.raises(StorageError, match="has 2 numbers"):
            await Memory().search("a", at.ctx)


@pytest.mark.parametrize(
    "vectors", [[[1.0]] * 3, [[]], [[float("nan"), 1.0, 0.0, 0.0]], [[float("inf"), 1.0, 0.0, 0.0]]]
)
async def test_vectors_that_are_none_are_refused(stage, vectors) -> None:
    async with stage() as at:
        at.vectors.vectors = vectors
        with pytest.raises(ProviderError, match="no vectors of one length"):
            await at.module.add(MemoryText(text="a"), at.ctx)
        assert (await at.module.stats(at.ctx))["count"] == 0


async def test_without_a_model_of_vectors_those_that_there_are_get_named(stage) -> None:
    async with stage(**{"memory.model": None}) as at:
        with pytest.raises(CapabilityMissingError) as caught:
            await at.module.add(MemoryText(text="a"), at.ctx)
        assert "words" in " ".join(caught.value.suggestions)


async def test_words_are_vectors_without_a_model(stage) -> None:
    async with stage() as at:
        with pytest.raises(ModelNotFoundError, match="no model 'words-0'"):
            await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(model="words/words-0"))
        await at.module.add(entries("Straße", "今天天气很好", "!"), at.ctx, MemoryAddOptions(model="words/words-256"))
        assert await found(at, "STRASSE", limit=1) == ["Straße"]
        assert await found(at, "天气", limit=1) == ["今天天气很好"]


# -- wrong input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (MemoryText(text=" "), {}),
        (entries("a", "b"), {"key": "k"}),
        (entries("a", "b"), {"data": 1}),
        ([MemoryText(text="a", key="k"), MemoryText(text="b", key="k")], {}),
        (MemoryText(text="a"), {"key": ""}),
    ],
)
async def test_wrong_texts(stage, texts, options) -> None:
    async with stage() as at:
        with pytest.raises(ValidationError):
            await at.module.add(texts, at.ctx, MemoryAddOptions(**options))
        assert at.vectors.asked == []


async def test_wrong_limits(stage) -> None:
    async with stage() as at:
        with pytest.raises(ValidationError, match="at least one"):
            await at.module.search("a", at.ctx, MemorySearchOptions(limit=0))
    with pytest.raises(ConfigError, match="exact_up_to"):
        async with stage(exact_up_to=-1) as at:
            await at.module.stats(at.ctx)


@pytest.mark.parametrize("raw", [b"", b"{}\n", b'{"format": 2}\n', b'{"format": 1, "key": 3}\n', b"\xff\n"])
async def test_damage_is_told(stage, raw) -> None:
    async with stage() as at:
        await at.module.add(MemoryText(text="a"), at.ctx, MemoryAddOptions(key="k"))
        await at.ctx.storage.put("spell/test/=k", raw)
        with pytest.raises(StorageError, match="cannot be read"):
            await at.module.list_(at.ctx)


# -- large memories ----------------------------------------------------------------------------------------------------


async def test_a_memory_that_has_grown_is_searched_by_usearch(stage) -> None:
    pytest.importorskip("usearch", reason=USEARCH)
    async with stage(exact_up_to=3) as at:
        await at.module.add(entries("aaa", "bbb"), at.ctx)
        assert (await at.module.stats(at.ctx))["index"] == "numpy"
        await at.module.add(entries("ccc", "ddd", "abcd"), at.ctx)
        told = await at.module.stats(at.ctx)
        assert (told["count"], told["model"], told["dimensions"], told["index"]) == (5, "letters", 4, "usearch")
        await at.module.add(MemoryText(text="cccc"), at.ctx, MemoryAddOptions(key="k"))
        assert await found(at, "c", limit=2) in (["cccc", "ccc"], ["ccc", "cccc"])
        await at.module.forget("k", at.ctx)
        assert await found(at, "c", limit=1) == ["ccc"]
