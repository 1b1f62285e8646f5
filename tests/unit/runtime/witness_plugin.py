"""A plugin with a witness and an encryption that only turns bytes round, for the tests beside it."""

from __future__ import annotations

import secrets
from typing import ClassVar

from attrs import frozen

from llmspell.errors import EncryptionError, EncryptionKeyError
from llmspell.spec import Component, Hook, HookOptions, config_section, encryption, hook_set, hookimpl
from llmspell.spec.encryptions import KEYS, MARK_SIZE, OPEN_KEYS, TAG, Rewritten
from llmspell.spec.secrets import SecretRef
from llmspell.spec.storage_codecs import MARK
from llmspell.spec.storages import Operation

HERE = "tests.unit.runtime.witness_plugin"


@frozen(kw_only=True)
class Section:
    SECRETS: ClassVar = ("secret_key",)

    word: str = "hello"
    secret_key: SecretRef | None = None


class Watcher:
    events = ("session_*", "plugin_loaded")

    async def open(self, ctx):
        self.ctx = ctx
        self.seen = []
        self.full = False

    def hooks(self, part, section):
        self.section = (part, section, self.ctx.config)
        return [Hook("before_state_write", lambda: None, HookOptions(band="audit", name="watcher"))]

    def check(self, option, value, bare):
        return value

    def statistics(self):
        return {}

    def saw(self, kind, about, run=""):
        if self.full:
            raise RuntimeError("no room")
        self.seen.append((kind, dict(about), run))


class Turned:
    """Turn values round, and write the key's number, which is the header, and a mark in front."""

    def __init__(self, store, header):
        self.store = store
        self.header = header

    def encode(self, key, value, mark=None):
        return MARK + TAG + self.header + (mark or secrets.token_bytes(MARK_SIZE)) + value[::-1]

    def decode(self, key, data):
        if not data.startswith(MARK + TAG + self.header):
            raise EncryptionError("it is not under this key", context={"key": key})
        return data[len(MARK + TAG + self.header) + MARK_SIZE :][::-1]

    def mark(self, data):
        start = len(MARK + TAG) + 1
        return data[start : start + MARK_SIZE]

    async def refresh(self):
        before, self.header = self.header, await self.store.get(KEYS)
        return before != self.header


class Turning:
    async def open(self, ctx):
        self.ctx = ctx
        self.key = ctx.key(ctx.config.secret_key)

    async def attach(self, store):
        header = await store.get(KEYS)
        if header is None:
            if [key async for key, _ in store.scan()]:
                raise EncryptionError("it holds plain values")
            header = b"1"
            await store.put(KEYS, header)
        if self.key != "right":
            raise EncryptionKeyError("wrong", context={"wanted": "right", "given": self.key})
        return Turned(store, header)

    async def status(self, store):
        return {"state": "turned"}

    def anchor(self, label):
        return None

    async def encrypt(self, store, told, listing):
        await store.put(KEYS, b"1")
        turned = Turned(store, b"1")
        plain = [(key, data) async for key, data in store.scan() if not key.startswith("\x1f")]
        await store.transaction([Operation("put", key, turned.encode(key, data)) for key, data in plain])
        await listing(turned)
        told(len(plain))
        return Rewritten(len(plain), 1)

    async def rotate(self, store, told, *, reencrypt):
        before, after = Turned(store, await store.get(KEYS)), Turned(store, b"2")
        found = [(key, data) async for key, data in store.scan() if key not in OPEN_KEYS]
        anew = [(key, after.encode(key, before.decode(key, data), before.mark(data))) for key, data in found]
        await store.transaction([Operation("put", KEYS, b"2"), *(Operation("put", *pair) for pair in anew)])
        return Rewritten(0, 2)


@hookimpl
def llmspell_hook_sets() -> list[Component]:
    return [
        hook_set(name, f"{HERE}:Watcher", "Watch.", path=name, section=name, witness=True)
        for name in ("watcher", "onlooker")
    ]


@hookimpl
def llmspell_encryptions() -> list[Component]:
    return [
        encryption("turning", f"{HERE}:Turning", "Turn bytes round.", section="storage.turning", native=("keys",)),
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    return [
        config_section(name, f"{HERE}:Section", "Words.", path=path)
        for name, path in (("watcher", "watcher"), ("onlooker", "onlooker"), ("turning", "storage.turning"))
    ]
