"""The log by itself: its chain, its files, its anchor, and what is done about what others left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import AuditError
from llmspell_audit.chain import Head, anchor_of, is_signed, line_of, read, read_anchor
from llmspell_audit.checking import Line, verify
from llmspell_audit.driver import _key_file

from .audit_place import KEY

if TYPE_CHECKING:
    from .audit_place import Place

WRITER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from audit_place import Place
log = Place(Path(sys.argv[2])).log(int(sys.argv[3]))
for number in range(int(sys.argv[4])):
    log.write("note", {"from": int(sys.argv[3]), "number": number})
    if sys.argv[5] == "killed" and number == 6:
        os.write(log.files._opened(), b'{"seq":99,"time":"20')  # what a kill within a write leaves
        os.kill(os.getpid(), 9)
log.close()
"""


def writer(place: Place, number: int, records: int, end: str = "closed") -> subprocess.Popen[bytes]:
    words = [str(Path(__file__).parent), str(place.folder), str(number), str(records), end]
    return subprocess.Popen([sys.executable, "-c", WRITER, *words])


def fault(place: Place) -> tuple[str, int] | None:
    """Give what is wrong with the log, and with which record."""
    found = place.log().verify().fault
    return None if found is None else (found.what, found.seq)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(about=st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=5), VALUES, max_size=4))
@settings(deadline=None, max_examples=100)
def test_a_record_is_one_line_that_reads_back(about: dict[str, object]) -> None:
    line, head = line_of(KEY, Head(), 0.0, "note", about)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    record = read(line[:-1])
    assert record is not None
    assert is_signed(KEY, line[:-1])
    assert not is_signed(b"another", line[:-1])
    assert (record.seq, record.hash) == head == (1, record.hash)
    assert {key: record.data[key] for key in about} == about


def test_what_is_written_changes_no_key_of_the_log() -> None:
    line, _ = line_of(KEY, Head(), 0.0, "note", {"seq": 7, "kind": "other", "prev": "x", "time": "never", "mac": "y"})
    record = read(line[:-1])
    assert record is not None
    assert (record.seq, record.data["kind"], record.prev) == (1, "note", "0" * 64)
    assert record.data["time"] == "1970-01-01T00:00:00.000Z"
    assert is_signed(KEY, line[:-1])


def test_an_anchor_reads_back() -> None:
    made = anchor_of(KEY, "log", Head(3, "a" * 64), 0.0)
    assert read_anchor(KEY, made) == ("log", Head(3, "a" * 64), "1970-01-01T00:00:00.000Z")
    assert read_anchor(KEY, made.replace(b"3", b"4")) is None
    assert read_anchor(KEY, made[:-1]) is None


def test_an_untouched_log_is_whole(place: Place) -> None:
    assert place.log().verify() == (0, None)
    place.filled()
    place.filled()
    assert place.log().verify() == (22, None)
    assert [record["seq"] for record in place.records()] == list(range(1, 23))


def test_the_files_are_their_owners_alone(place: Place) -> None:
    place.filled()
    assert {oct(one.stat().st_mode & 0o777) for one in place.folder.rglob("audit*") if one.is_file()} == {"0o600"}


def rewritten(place: Place, change: object) -> None:
    lines = place.path.read_bytes().splitlines(keepends=True)
    change(lines)  # type: ignore[operator]
    place.path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: lines.__setitem__(4, lines[4].replace(b'"number":3', b'"number":4')), ("edited", 5)),
        (lambda lines: lines.__setitem__(4, lines[4][:-3] + b"0" + lines[4][-2:]), ("edited", 5)),
        (lambda lines: lines.__setitem__(4, b"\n"), ("edited", 5)),
        (lambda lines: lines.pop(4), ("removed", 5)),
        (lambda lines: [lines.pop(4) for _ in range(3)], ("removed", 5)),
        (lambda lines: lines.pop(0), ("removed", 1)),
        (lambda lines: lines.insert(4, lines[2]), ("inserted", 5)),
        (lambda lines: lines.insert(4, b"{}\n"), ("inserted", 5)),
        (lambda lines: lines.append(b"{}\n"), ("inserted", 12)),
        (lambda lines: lines.append(lines[3]), ("inserted", 12)),
        (lambda lines: lines.insert(4, lines.pop(5)), ("swapped", 5)),
        (lambda lines: lines.insert(2, lines.pop(8)), ("swapped", 3)),
        (lambda lines: lines.pop(), ("truncated", 10)),
        (lambda lines: lines.clear(), ("truncated", 0)),
        (lambda lines: lines.__setitem__(-1, lines[-1][:-1]), ("torn", 11)),
        (lambda lines: lines.__setitem__(-1, lines[-1][:20]), ("torn", 11)),
    ],
)
def test_what_was_changed_is_named(place: Place, change: object, found: tuple[str, int]) -> None:
    place.filled()
    rewritten(place, change)
    assert fault(place) == found


def test_a_log_without_its_anchor_is_not_whole(place: Place) -> None:
    place.filled()
    place.anchor.unlink()
    assert fault(place) == ("unanchored", 11)


def test_an_anchor_of_another_log_is_none_of_this(place: Place, tmp_path: Path) -> None:
    place.filled()
    kept = place.anchor.read_bytes()
    place.anchor.write_bytes(kept.replace(b'"seq":11', b'"seq":10'))
    assert fault(place) == ("anchor", 11)
    other, _ = line_of(KEY, Head(), 0.0, "opened", {"log": "other"})
    assert verify([Line("x", 1, other[:-1])], KEY, anchor_of(KEY, "name", Head(1, "b" * 64), 0.0)).fault is not None
    del tmp_path


def test_a_log_that_was_cut_before_it_went_on_says_so_for_ever(place: Place) -> None:
    place.filled()
    rewritten(place, lambda lines: lines.pop())
    place.filled(3)
    assert place.kinds()[-5:] == ["tampered", "opened", "note", "note", "note"]
    assert fault(place) == ("truncated", 11)


def test_a_log_that_is_cut_under_its_writer_says_so(place: Place) -> None:
    log = place.log(anchor_every=1000.0)
    for number in range(5):
        log.write("note", {"number": number})
    rewritten(place, lambda lines: [lines.pop() for _ in range(2)])
    log.write("note", {})
    log.close()
    assert place.kinds()[-2:] == ["tampered", "note"]
    assert fault(place) == ("truncated", 5)


def test_a_removed_anchor_is_told_by_the_next_writer(place: Place) -> None:
    place.filled()
    place.anchor.unlink()
    place.filled(1)
    assert "there is no anchor" in place.records()[11]["found"]


# -- several writers ---------------------------------------------------------------------------------------------------


def test_writers_of_several_processes_make_one_chain(place: Place) -> None:
    running = [writer(place, number, 50) for number in (1, 2, 3)]
    assert [one.wait() for one in running] == [0, 0, 0]
    assert place.log().verify() == (153, None)
    for number in (1, 2, 3):
        assert [one["number"] for one in place.records() if one.get("from") == number] == list(range(50))


def test_a_writer_goes_on_behind_another(place: Place) -> None:
    one, other = place.log(1), place.log(2)
    for number in range(4):
        one.write("note", {"number": number})
        other.write("note", {"number": number})
    other.close()
    one.close()
    assert place.log().verify() == (10, None)


def test_a_writer_that_is_killed_leaves_a_line_that_the_next_one_mends(place: Place) -> None:
    assert writer(place, 1, 50, "killed").wait() == -9
    assert fault(place) == ("torn", 9)
    place.filled(1)
    assert place.kinds()[-3:] == ["repaired", "opened", "note"]
    assert {key: place.records()[8][key] for key in ("line", "bytes")} == {"line": "was cut", "bytes": 20}
    assert place.log().verify().fault is None


def test_a_line_that_lacks_only_its_end_is_kept(place: Place) -> None:
    place.filled(3)
    place.path.write_bytes(place.path.read_bytes()[:-1])
    place.filled(1)
    assert place.kinds() == ["opened", "note", "note", "note", "repaired", "opened", "note"]
    assert place.log().verify().fault is None


# -- files that are full ---------------------------------------------------------------------------------------------


def test_the_chain_goes_on_in_another_file(place: Place) -> None:
    place.filled(100, max_size=4096)
    full = place.log().files.full()
    assert len(full) > 3
    assert all(one.stat().st_size <= 4096 for one in full)
    assert place.log().verify() == (101, None)
    full[1].unlink()
    found = place.log().verify().fault
    assert found is not None
    assert found.what == "removed"


def test_two_writers_fill_files(place: Place) -> None:
    one, other = place.log(1, max_size=4096), place.log(2, max_size=4096)
    for number in range(60):
        one.write("note", {"number": number})
        other.write("note", {"number": number})
    one.close()
    other.close()
    assert place.log().verify() == (122, None)


def test_full_files_that_are_not_kept_are_told(place: Place) -> None:
    place.filled(100, max_size=4096, keep=2)
    assert len(place.log().files.full()) == 2
    assert "pruned" in place.kinds()
    assert place.log().verify().fault is None
    place.log().files.full()[0].unlink()
    assert fault(place) == ("removed", 1)


# -- what cannot be written --------------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from audit_place import Place
from llmspell.errors import AuditError
place = Place(Path(sys.argv[2]))
log = place.log(anchor_every=1e9)
for number in range(5):
    log.write("note", {"number": number})
size = place.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    log.write("note", {"number": 5})
except AuditError as error:
    print(error)
assert place.path.stat().st_size == size
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.write("note", {"number": 6})
log.close()
"""


@pytest.mark.parametrize("room", [0, 30])
def test_a_line_without_room_is_not_begun(place: Place, room: int) -> None:
    """The limit stops the write at its beginning, or in its midst: then the part is removed."""
    words = [str(Path(__file__).parent), str(place.folder), str(room)]
    done = subprocess.run([sys.executable, "-c", LIMITED, *words], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert [one.get("number") for one in place.records()] == [None, 0, 1, 2, 3, 4, 6]
    assert place.log().verify().fault is None


def test_a_folder_that_is_a_file_is_said(place: Place) -> None:
    (place.folder / "log").write_text("in the way")
    with pytest.raises(AuditError, match="cannot be written"):
        place.log().write("note", {})


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_new_key_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.key"
    made = _key_file(path, begun=False)
    assert (len(made), oct(path.stat().st_mode & 0o777)) == (64, "0o600")
    assert _key_file(path, begun=True) == made


@pytest.mark.skipif(os.name == "nt", reason="file modes mean nothing on Windows")
def test_a_key_that_others_may_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    _key_file(path, begun=False)
    path.chmod(0o640)
    with pytest.raises(AuditError, match="can be read by others"):
        _key_file(path, begun=True)


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="is gone"):
        _key_file(tmp_path / "audit.key", begun=True)
    (tmp_path / "audit.key").write_text("short")
    (tmp_path / "audit.key").chmod(0o600)
    with pytest.raises(AuditError, match="holds no key"):
        _key_file(tmp_path / "audit.key", begun=True)


def test_a_log_of_another_key_is_not_whole(place: Place) -> None:
    place.filled(2)
    log = place.log()
    log._found = b"another key"
    assert log.verify().fault is not None
    assert json.loads(place.anchor.read_bytes())["seq"] == 3
