"""Journals that are read: whole, torn, damaged, newer, older, and those of released formats for ever."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import JournalCorruptError, JournalError, JournalVersionError
from llmspell.runtime.journal.formats import encode
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.migrations import TODAY, Formats
from llmspell.runtime.journal.reading import NEAR, ends, head, read, tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.runtime.journal.formats import Record

GOLDEN = Path(__file__).parent / "golden"
KINDS = {"run", "text", "in", "out", "intent", "done", "begin", "end", "hook", "resumed", "cancel", "finished"}


def lines(count: int, *, version: object = 1, size: int = 10) -> list[bytes]:
    header = encode(0, 0.0, {"k": "run", "format": version, "id": "a", "sync": "async"})
    return [header, *(encode(n, float(n), {"k": "x", "v": "y" * size}) for n in range(1, count))]


@pytest.fixture
def journal(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(contents: bytes) -> Path:
        path = tmp_path / "a.jsonl"
        path.write_bytes(contents)
        return path

    return write


def opened(path: Path, formats: Formats = TODAY) -> tuple[Record, ...]:
    """Open a journal to go on with it and close it again."""
    log = RunLog.open(path, formats=formats)
    log._file.close()
    return log.records


class TestGolden:
    def test_format_1_is_read_for_ever(self) -> None:
        records = list(read(GOLDEN / "journal-1.jsonl"))
        assert [record["n"] for record in records] == list(range(24))
        assert {record["k"] for record in records} == KINDS
        header = records[0]
        assert header["params"] == {
            "question": "Wer war\N{RIGHT SINGLE QUOTATION MARK}s? 🔍",
            "budget": 123456789012345678901234567890,
            "share": 0.1,
        }
        assert records[10]["v"] == "You write short answers. \ud83d lone"
        assert records[12]["error"]["type"] == "provider_unreachable"
        assert records[-1] == {
            "n": 23, "t": 1763800002.875, "k": "finished", "status": "done", "v": "Der Gärtner.",
            "usage": {"input": 120, "output": 33, "cost": 0.00063}, "sec": 4.125,
        }  # fmt: skip

    def test_format_1_is_gone_on_with(self, journal: Callable[[bytes], Path]) -> None:
        path = journal((GOLDEN / "journal-1.jsonl").read_bytes())
        assert opened(path) == tuple(read(GOLDEN / "journal-1.jsonl"))

    def test_there_is_a_golden_file_for_every_format(self) -> None:
        assert {path.name for path in GOLDEN.iterdir()} == {f"journal-{n + 1}.jsonl" for n in range(TODAY.written)}


class TestTorn:
    @pytest.mark.parametrize("left", [1, 2, 9, 20])
    def test_a_last_line_without_end_is_left_out_and_cut_off(self, journal: Callable[[bytes], Path], left: int) -> None:
        whole = lines(3)
        path = journal(b"".join(whole) + lines(4)[3][:-left])
        assert [record["n"] for record in read(path)] == [0, 1, 2]
        assert tail(path)["n"] == 2
        assert len(opened(path)) == 3
        assert path.read_bytes() == b"".join(whole)

    def test_a_last_line_with_a_wrong_checksum_is_left_out(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(3)).replace(b'"n":2', b'"n":3'))
        assert [record["n"] for record in read(path)] == [0, 1]
        assert tail(path)["n"] == 1

    def test_the_log_tells_how_much_was_cut_off(self, journal: Callable[[bytes], Path]) -> None:
        log = RunLog.open(journal(b"".join(lines(3)) + b'{"n":'))
        assert (log.cut, len(log.records)) == (5, 3)
        log._file.close()

    def test_zeros_that_a_lost_write_left_are_cut_off(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(2)) + bytes(4096))
        assert len(opened(path)) == 2

    def test_reading_changes_nothing(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(2)) + b"torn")
        list(read(path))
        assert path.read_bytes().endswith(b"torn")


class TestDamage:
    @pytest.mark.parametrize(
        ("change", "line", "why"),
        [
            (lambda them: [them[0], them[1].replace(b"y", b"z", 1), *them[2:]], 2, "checksum is wrong"),
            (lambda them: [them[0], them[1][:-9] + b"\n", *them[2:]], 2, "end in a checksum"),
            (lambda them: [them[0], *them[2:]], 2, "number 2 where 1 belongs"),
            (lambda them: [*them, them[-1]], 6, "number 4 where 5 belongs"),
            (lambda them: [*them[:3], b"\n", *them[3:]], 4, "end in a checksum"),
            (lambda them: [them[0][:-9], *them[1:]], 1, "checksum"),
            (lambda them: them[1:], 1, "number 1 where 0 belongs"),
            (lambda them: [encode(0, 0.0, {"k": "x"}), *them[1:]], 1, "no header"),
            (lambda them: [encode(0, 0.0, {"k": "run", "format": "1"}), *them[1:]], 1, "no header"),
            (lambda them: [encode(0, 0.0, {"k": "run", "format": True}), *them[1:]], 1, "no header"),
            (lambda them: [encode(0, 0.0, {"k": "run", "format": 0}), *them[1:]], 1, "no header"),
            (lambda them: [], 1, "before anything was done"),
            (lambda them: [them[0][:30]], 1, "before anything was done"),
            (lambda them: [b"#!/usr/bin/env lua\nprint(1)\n"], 1, "checksum"),
        ],
    )  # fmt: skip
    def test_damage_is_told_with_its_line(
        self, journal: Callable[[bytes], Path], change: Any, line: int, why: str
    ) -> None:
        contents = b"".join(change(lines(5)))
        path = journal(contents)
        for use in (lambda: list(read(path)), lambda: opened(path)):
            with pytest.raises(JournalCorruptError, match=why) as caught:
                use()
            assert caught.value.context["line"] == line
            assert f"line {line}" in caught.value.message
            assert caught.value.suggestions
        assert path.read_bytes() == contents

    def test_what_is_no_utf_8_is_damage(self, journal: Callable[[bytes], Path]) -> None:
        with pytest.raises(JournalCorruptError):
            list(read(journal(b"\xff\xfe\n" + b"".join(lines(3)))))

    def test_both_last_lines_wrong_is_damage_for_the_tail(self, journal: Callable[[bytes], Path]) -> None:
        with pytest.raises(JournalCorruptError, match="at its end"):
            tail(journal(b"".join(lines(2)) + b"a\nb\n"))

    def test_a_newer_format_is_refused_with_both_numbers(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(2, version=7)))
        for use in (lambda: list(read(path)), lambda: opened(path), lambda: head(path)):
            with pytest.raises(JournalVersionError, match="format 7") as caught:
                use()
            assert caught.value.context == {"path": str(path), "format": 7, "known": TODAY.written}

    def test_a_missing_journal_is_told(self, tmp_path: Path) -> None:
        for use in (lambda path: list(read(path)), opened, head, tail):
            with pytest.raises(JournalError, match="there is no journal"):
                use(tmp_path / "none.jsonl")

    def test_a_link_is_not_followed(self, journal: Callable[[bytes], Path], tmp_path: Path) -> None:
        link = tmp_path / "link.jsonl"
        link.symlink_to(journal(b"".join(lines(2))))
        for use in (lambda path: list(read(path)), opened, head, tail):
            with pytest.raises(JournalError, match="a link"):
                use(link)

    def test_a_pipe_is_refused_and_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jsonl")
        with pytest.raises(JournalError, match="no regular file"):
            head(tmp_path / "pipe.jsonl")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody else")
    def test_a_file_of_another_user_is_refused(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(2)))
        os.chown(path, 12345, -1)
        for use in (lambda: list(read(path)), lambda: opened(path)):
            with pytest.raises(JournalError, match="another user"):
                use()


class TestEnds:
    @pytest.mark.parametrize("size", [0, NEAR - 60, NEAR, 3 * NEAR, 100 * NEAR])
    def test_head_and_tail_are_found_whatever_their_size(self, journal: Callable[[bytes], Path], size: int) -> None:
        path = journal(b"".join(lines(4, size=size)))
        *_, last = read(path)
        assert tail(path) == last
        assert head(path) == next(read(path))
        assert ends(path) == (head(path), tail(path))

    @pytest.mark.parametrize("size", [0, NEAR - 60, NEAR, 3 * NEAR])
    def test_the_tail_is_found_before_a_torn_line(self, journal: Callable[[bytes], Path], size: int) -> None:
        path = journal(b"".join(lines(3, size=size)) + b"{" * size + b"{")
        assert tail(path)["n"] == 2

    def test_the_header_alone_is_both(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(lines(1)[0])
        assert head(path) == tail(path)

    def test_the_ends_need_nothing_of_what_is_between(self, journal: Callable[[bytes], Path]) -> None:
        whole = lines(1000)
        path = journal(whole[0] + b"damaged" * 1000 + b"\n" + b"".join(whole[-100:]))
        assert tail(path)["n"] == 999

    async def test_a_run_under_way_is_read(self, tmp_path: Path) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync="async")
        log.append({"k": "x"})
        await log.commit()
        reading = read(log.path)
        assert next(reading)["k"] == "run"
        log.append({"k": "y"})
        await log.commit()
        assert [record["k"] for record in reading] == ["x", "y"]
        await log.aclose()


def _called(record: Record) -> Record:
    """What format 2 of this test does: `v` is called `value`."""
    return {("value" if key == "v" else key): value for key, value in record.items()}


def _doubled(record: Record) -> Record:
    return record | ({"value": [record["value"]] * 2} if "value" in record else {})


class TestMigrations:
    NEWER = Formats(3, {1: _called, 2: _doubled})

    def test_older_records_are_read_as_todays(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(3, size=2)))
        header, *rest = read(path, self.NEWER)
        assert header["format"] == 3
        assert [(record["n"], record["value"]) for record in rest] == [(1, ["yy", "yy"]), (2, ["yy", "yy"])]
        assert (head(path, self.NEWER), tail(path, self.NEWER)) == (header, rest[-1])

    def test_only_the_steps_that_are_missing_are_taken(self, journal: Callable[[bytes], Path]) -> None:
        header = encode(0, 0.0, {"k": "run", "format": 2, "sync": "async"})
        path = journal(header + encode(1, 0.0, {"k": "x", "v": 1, "value": 2}))
        assert tail(path, self.NEWER) == {"n": 1, "t": 0.0, "k": "x", "v": 1, "value": [2, 2]}

    async def test_going_on_with_an_older_journal_writes_it_anew(self, journal: Callable[[bytes], Path]) -> None:
        path = journal(b"".join(lines(3, size=2)) + b"torn")
        log = RunLog.open(path, formats=self.NEWER)
        records = log.records
        log.append({"k": "resumed"})
        await log.commit()
        with pytest.raises(JournalError, match="under way"):
            RunLog.open(path, formats=self.NEWER)
        await log.aclose()
        again = list(read(path, self.NEWER))
        assert tuple(again[:3]) == records
        assert again[3]["k"] == "resumed"
        assert again[0]["format"] == 3
        assert [one.name for one in path.parent.iterdir()] == [path.name]
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_golden_file_goes_through_the_steps(self) -> None:
        records = list(read(GOLDEN / "journal-1.jsonl", self.NEWER))
        assert len(records) == 24
        assert records[-1]["value"] == ["Der Gärtner."] * 2
