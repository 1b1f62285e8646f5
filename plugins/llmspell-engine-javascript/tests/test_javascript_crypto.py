"""`require("crypto")` and `process`: what of Node's modules there is."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ("md5", "sha1", "sha256", "sha512")


@pytest.fixture(scope="module")
def digests():
    """Give a function that hashes texts with every hash, in one spell."""
    from llmspell_engine_javascript.machine import JavaScriptMachine

    machine = JavaScriptMachine()
    source = """
        const { createHash } = require("crypto");
        const hash = (data) => createHash.names.map((name) => createHash(name).update(data).digest("hex"));
    """.replace("createHash.names", repr(list(NAMES)))
    source += "Agent.list((texts) => texts.map(hash)); await new Promise(() => {})"
    machine.feed({"t": "hello", "v": 1, "api": "N Agent list", "limits": {}, "name": "s.js", "source": source})
    (call,) = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})

    def ask(texts: list[Any]) -> Any:
        number = call["args"][0]["$fn"]
        (answer,) = machine.feed({"t": "invoke", "id": 2, "fn": number, "args": [texts]})
        return answer["value"]

    yield ask
    machine.close()


def expected(data: bytes) -> list[str]:
    return [hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in NAMES]


def test_hashes_around_the_ends_of_blocks(digests):
    texts = ["x" * size for size in (0, 1, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 1000)]
    assert digests(texts) == [expected(text.encode()) for text in texts]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.text(), max_size=5), st.lists(st.binary(max_size=300), max_size=3))
def test_hashes_of_any_text_and_bytes(digests, texts, blobs):
    given_bytes = [{"$b": base64.b64encode(one).decode()} for one in blobs]
    assert digests([*texts, *given_bytes]) == [expected(one) for one in [*(t.encode() for t in texts), *blobs]]


def test_parts_encodings_and_names(js):
    source = """
        const crypto = require("node:crypto");
        const { createHash } = await import("crypto");
        const made = () => createHash("SHA-256").update("a").update(new Uint8Array([98]));
        const bytes = made().digest();
        return [made().digest("hex"), made().digest("base64"), bytes, bytes.toString("hex"), crypto.getHashes()];
    """
    digest = hashlib.sha256(b"ab").digest()
    text = base64.b64encode(digest).decode()
    assert js(source) == [digest.hex(), text, {"$b": text}, digest.hex(), list(NAMES)]


@pytest.mark.parametrize(
    "call",
    ['createHash("crc32")', 'createHash("md5").update(5)', 'createHash("md5").digest("utf9")', "randomBytes(-1)",
     "randomBytes(1e9)", "(() => { const h = createHash('md5'); h.digest(); h.update('x') })()"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(js, call):
    error = js(f'const {{ createHash, randomBytes }} = require("crypto"); {call}')
    assert error["type"] == "validation"


def test_random_bytes_differ_from_call_to_call_and_run_to_run(js):
    source = """
        const { randomBytes, randomUUID } = require("crypto");
        const bytes = [...Array(50)].map(() => randomBytes(40).toString("hex"));
        return [bytes, [...Array(50)].map(randomUUID), randomBytes(0).length];
    """
    first, second = js(source), js(source)
    every = first[0] + second[0] + first[1] + second[1]
    assert len(set(every)) == len(every)
    assert all(len(text) == 80 for text in first[0])
    assert {uuid.UUID(text).version for text in first[1]} == {4}
    assert {uuid.UUID(text).variant for text in first[1]} == {uuid.RFC_4122}
    counts = bytes.fromhex("".join(first[0] + second[0]))
    assert len(set(counts)) == 256
    assert first[2] == 0


def test_a_script_that_changes_prototypes_gets_the_same_hash(js):
    source = """
        const { createHash } = require("crypto");
        Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "length", { get: () => 0 });
        DataView.prototype.getUint32 = () => 7;
        String.prototype.charCodeAt = () => 7;
        return createHash("sha1").update("abc").digest("hex");
    """
    assert js(source) == hashlib.sha1(b"abc", usedforsecurity=False).hexdigest()


def test_process_has_the_variables_that_the_kernel_gave(js):
    source = """
        "use strict";
        const tried = [() => { process.env.X = 1 }, () => { delete process.env.LANG }];
        const kept = tried.map((one) => { try { one(); return false } catch { return true } });
        return [process.env, require("process") === process, process.env.HOME === undefined, kept];
    """
    env = {"ENGINE": "javascript", "ENVIRONMENT": {"LANG": "C"}}
    assert js(source, env=env) == [{"LANG": "C"}, True, True, [True, True]]
    assert js("return process.env") == {}
