"""The part of llama.cpp, played: a model file holds an address behind its magic, and who answers there is the model."""

from __future__ import annotations

import json
import os
from http.client import IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class CommonParams(SimpleNamespace):
    """Take whatever is set."""

    def __init__(self) -> None:
        super().__init__(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())


class Server:
    """Pass requests to the address and its events back, parsed, as xllamacpp does."""

    def __init__(self, params: CommonParams) -> None:
        self._model = Path(params.model.path)
        self._url = self._model.read_bytes().removeprefix(b"GGUF").decode()
        if not self._url:
            os.abort()
        if self._model.name == "slow.gguf":
            urlopen(f"{self._url}/load").read()

    def handle_chat_completions(self, body: dict[str, Any], callback: Callable[[dict[str, Any]], bool]) -> None:
        """Call back with each event until it returns True."""
        for event in self._events(body):
            if callback(event):
                return

    def handle_embeddings(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give the last event."""
        return list(self._events(body))[-1]

    def _events(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        url = f"{self._url}/v1/chat/completions?model={self._model.name}"
        print("what native code prints", end="", flush=True)  # noqa: T201 - it stands in the way of the answers
        with urlopen(Request(url, json.dumps(body).encode())) as answer:
            if "json" in answer.headers["content-type"]:
                yield json.loads(answer.read())
                return
            try:
                for line in answer:
                    if line.startswith(b"data: ") and line.endswith(b"\n"):
                        yield json.loads(line[6:])
            except IncompleteRead:
                return
