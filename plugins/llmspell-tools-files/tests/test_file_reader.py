from __future__ import annotations

import base64
import gzip
import os
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ToolExecutionError,
    ValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю.\n" * 20


@pytest.mark.parametrize(
    ("codec", "told", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16-le", True),
        ("utf-32", "utf-32-le", True),
        ("cp1251", "cp1251", False),
    ],
)
async def test_the_encoding_is_found(call: Call, tmp_path: Path, codec: str, told: str, bom: bool) -> None:
    (tmp_path / "a.txt").write_bytes(RUSSIAN.encode(codec))
    read = await call("file_reader", path="a.txt")
    assert (read["content"], read["encoding"], read["bom"], read["lines"]) == (RUSSIAN, told, bom, 20)
    by_line = await call("file_reader", path="a.txt", start_line=2, end_line=3)
    assert by_line["content"] == RUSSIAN[: len(RUSSIAN) // 10]
    assert by_line["encoding"] == told


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("café\r\nx\n", "cp1252"),
        ("é", "cp1252"),
        ("Grüße\n", "cp1252"),
        ("Müller;12\n", "cp1252"),
        ("Le garçon a mangé une pomme à côté.\n", "cp1252"),
        ("Hyvää päivää, äiti\n", "cp1252"),
        ("Zażółć gęślą jaźń\n", "cp1250"),
        ("Привет мир\n", "cp1251"),
        ("こんにちは世界\n", "euc_jp"),
        ("你好,世界\n", "gb18030"),
    ],
)
async def test_a_short_text_in_an_older_encoding(call: Call, tmp_path: Path, text: str, codec: str) -> None:
    (tmp_path / "a").write_bytes(text.encode(codec))
    read = await call("file_reader", path="a")
    assert (read["content"], read["encoding"]) == (text, codec)


async def test_bytes_without_a_nul_that_are_no_text(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x01\x02\xff\xfe\x80" * 30)
    with pytest.raises(ToolExecutionError, match="is a binary file"):
        await call("file_reader", path="a")


async def test_big_endian_marks(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xfe\xff" + "é".encode("utf-16-be"))
    assert (await call("file_reader", path="a"))["content"] == "é"


async def test_a_named_encoding(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9")
    assert (await call("file_reader", path="a", encoding="Latin-1"))["content"] == "café"
    (tmp_path / "b").write_bytes("é\n".encode("utf-16"))
    assert (await call("file_reader", path="b", encoding="utf-16"))["content"] == "é\n"
    assert (await call("file_reader", path="b", encoding="utf-16", mode="lines"))["content"] == ["é"]
    (tmp_path / "c").write_bytes("é\n".encode("utf-8-sig"))
    assert (await call("file_reader", path="c", encoding="utf-8"))["content"] == "é\n"


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", "utf-8\0"])
async def test_what_is_no_encoding(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(ValidationError, match="not a text encoding"):
        await call("file_reader", path="a", encoding=name)


async def test_bytes_that_do_not_fit(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc\xff\ndef\n")
    for arguments in ({}, {"start_line": 1}):
        with pytest.raises(ToolExecutionError, match="byte 3 does not fit"):
            await call("file_reader", path="a", encoding="utf-8", **arguments)
    assert (await call("file_reader", path="a", encoding="utf-8", errors="replace"))["content"] == "abc\ufffd\ndef\n"
    assert (await call("file_reader", path="a", encoding="utf-8", errors="ignore"))["content"] == "abc\ndef\n"


async def test_a_binary_file_is_no_text(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00\x01\x02")
    with pytest.raises(ToolExecutionError, match="binary file, not text") as caught:
        await call("file_reader", path="a")
    assert "mode='binary'" in caught.value.suggestions[0]


async def test_an_empty_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    read = await call("file_reader", path="a.txt")
    assert (read["content"], read["lines"], read["size"], read["newline"]) == ("", 0, 0, None)
    read = await call("file_reader", path="a.txt", mode="lines")
    assert (read["content"], read["total_lines"], read["start_line"], read["truncated"]) == ([], 0, None, False)
    assert (await call("file_reader", path="a.txt", mode="binary"))["content"] == ""


@pytest.mark.parametrize(
    ("text", "newline", "lines"),
    [("a\nb\n", "lf", 2), ("a\r\nb", "crlf", 2), ("a\nb\r\n", "mixed", 2), ("a\rb", "cr", 1), ("a", None, 1)],
)
async def test_line_endings(call: Call, tmp_path: Path, text: str, newline: str | None, lines: int) -> None:
    (tmp_path / "a").write_bytes(text.encode())
    read = await call("file_reader", path="a")
    assert (read["content"], read["newline"], read["lines"]) == (text, newline, lines)


async def test_lines(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("".join(f"line {n}\r\n" for n in range(1, 11)), newline="")
    read = await call("file_reader", path="a", mode="lines", start_line=9)
    assert read["content"] == ["line 9", "line 10"]
    assert (read["total_lines"], read["start_line"], read["end_line"], read["truncated"]) == (10, 9, 10, True)
    read = await call("file_reader", path="a", mode="lines", offset=3, limit=2)
    assert (read["content"], read["total_lines"]) == (["line 4", "line 5"], None)
    read = await call("file_reader", path="a", mode="lines", limit=0)
    assert (read["content"], read["lines"]) == ([], 0)
    assert (await call("file_reader", path="a", start_line=11))["content"] == ""
    read = await call("file_reader", path="a", start_line=10, line_numbers=True)
    assert read["content"] == "10\tline 10\r\n"
    assert not (await call("file_reader", path="a", mode="lines"))["truncated"]


async def test_lines_of_a_large_file_need_no_more_than_the_lines(call: Call, tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as file:
        file.writelines(f"line {n} é\n" for n in range(200_000))
    read = await call("file_reader", path="a", start_line=150_000, end_line=150_001, max_size=100)
    assert read["content"] == "line 149999 é\nline 150000 é\n"
    read = await call("file_reader", path="a", mode="lines", start_line=199_999)
    assert (read["content"], read["total_lines"]) == (["line 199998 é", "line 199999 é"], 200_000)


async def test_max_size(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("12345\n67890\n")
    assert (await call("file_reader", path="a", max_size=12))["size"] == 12
    for arguments in ({"max_size": 11}, {"max_size": "11b"}, {"max_size": 7, "mode": "lines"}):
        with pytest.raises(ResourceExhaustedError, match="more than max_size"):
            await call("file_reader", path="a", **arguments)
    read = await call("file_reader", path="a", max_size=8, truncate=True)
    assert (read["content"], read["truncated"]) == ("12345\n67", True)
    read = await call("file_reader", path="a", max_size=8, truncate=True, mode="lines")
    assert (read["content"], read["truncated"]) == (["12345"], True)
    with pytest.raises(ValidationError, match="not a size"):
        await call("file_reader", path="a", max_size="huge")


async def test_a_line_longer_than_max_size(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 2_000_000)
    with pytest.raises(ResourceExhaustedError, match=r"line 1 .* longer"):
        await call("file_reader", path="a", start_line=1, max_size="1MB")


async def test_bytes_of_a_text_never_cut_a_letter(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("aébcé")
    parts = [(await call("file_reader", path="a", offset=n, limit=3))["content"] for n in range(7)]
    assert parts == ["aé", "éb", "bc", "bc", "cé", "é", ""]
    assert (await call("file_reader", path="a", offset=-2))["content"] == "é"
    (tmp_path / "b").write_bytes("aébc".encode("utf-16"))
    assert (await call("file_reader", path="b", offset=5, limit=4))["content"] == "b"


async def test_binary(call: Call, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "a.bin").write_bytes(data)
    read = await call("file_reader", path="a.bin", mode="binary")
    assert base64.b64decode(read["content"]) == data
    assert (read["bytes"], read["truncated"]) == (3_000_000, False)
    read = await call("file_reader", path="a.bin", mode="binary", offset=-5, limit="1KB")
    assert base64.b64decode(read["content"]) == data[-5:]
    assert read["offset"] == 2_999_995


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(20)


@pytest.mark.parametrize(
    ("name", "data", "kind", "form"),
    [
        ("a.json", b"{}", "application/json", "json"),
        ("a.md", b"# x", "text/markdown", "markdown"),
        ("A.PY", b"x = 1", "text/x-python", "python"),
        ("a.ts", b"let x = 1", "text/x-typescript", "typescript"),
        ("a.csv", b"a,b", "text/csv", "csv"),
        ("a.svg", b"<svg/>", "image/svg+xml", "svg"),
        ("run", b"#!/usr/bin/env python3\n", "text/x-python", "python"),
        ("run2", b"#!/bin/bash -e\n", "text/x-shell", "shell"),
        ("page", b"\n<!DOCTYPE html><p>", "text/html", "html"),
        ("feed", b"<?xml version='1.0'?>", "application/xml", "xml"),
        ("plain", b"words", "text/plain", "text"),
        ("picture", PNG, "image/png", "png"),
        ("lie.txt", PNG, "image/png", "png"),
        ("a.gz", gzip.compress(b"x"), "application/gzip", "gz"),
        ("noise", b"\x00\x00\x07\x07", "application/octet-stream", "binary"),
    ],
)
async def test_media_types(  # noqa: PLR0917 - pytest passes by name
    call: Call, tmp_path: Path, name: str, data: bytes, kind: str, form: str
) -> None:
    (tmp_path / name).write_bytes(data)
    read = await call("file_reader", path=name, mode="binary")
    assert (read["media_type"], read["format"]) == (kind, form)


async def test_metadata(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x" * 2048)
    file.chmod(0o640)
    os.utime(file, (0, 86400))
    told = (await call("file_reader", path="a.txt", include_metadata=True))["metadata"]
    assert told | {"created": ""} == {
        "kind": "file",
        "size": 2048,
        "size_text": "2 KB",
        "modified": "1970-01-02T00:00:00+00:00",
        "created": "",
        "mode": "0640",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "binary", "start_line": 1},
        {"start_line": 1, "offset": 5},
        {"start_line": 3, "end_line": 2},
        {"mode": "lines", "offset": -1},
        {"mode": "lines", "limit": "ten"},
        {"limit": -1},
        {"start_line": 0},
        {"mode": "lnes"},
        {"path": ""},
    ],
)
async def test_wrong_arguments(call: Call, tmp_path: Path, arguments: dict[str, object]) -> None:
    (tmp_path / "a").write_text("1")
    with pytest.raises(ValidationError):
        await call("file_reader", **{"path": "a", **arguments})


async def test_what_is_not_there_or_no_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "report.md").touch()
    with pytest.raises(ResourceUnavailableError, match="no such file") as caught:
        await call("file_reader", path="raport.md")
    assert caught.value.suggestions == ("Did you mean 'report.md'?",)
    with pytest.raises(ResourceUnavailableError, match="folder"):
        await call("file_reader", path=".")
    with pytest.raises(PermissionDeniedError):
        await call("file_reader", path="../x")
