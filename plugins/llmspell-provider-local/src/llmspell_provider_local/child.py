"""The process that runs one model: requests come in over standard input, answers go out over standard output.

In: a JSON object a line. The first says what to load, each other is a request (`id`, `verb`, `body`) or takes one back
(`cancel`). Out: JSON text sequences (RFC 7464): what stands in a line before its last record separator is something
that native code printed, and no answer. The end of the input ends the process.
"""

from __future__ import annotations

import json
import sys
from threading import Event, Lock, Thread
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = b"\x1e"

GROUP = 16
"""How many texts are embedded at once: between two groups, a request can be taken back."""

LAST_WORDS = 0.2
"""Seconds in which the library's log may say why a model does not load."""

Json = dict[str, Any]


class Answers:
    """Write answers of several threads, one line each."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._lock = Lock()

    def send(self, **told: object) -> None:
        """Write one record."""
        line = RECORD + json.dumps(told).encode() + b"\n"
        with self._lock:
            self._out.write(line)
            self._out.flush()


class Runner:
    """Answer requests, each in a thread: the library works outside the interpreter's lock.

    The interpreter waits for the threads at its end: the library aborts when it goes while somebody uses it.
    """

    def __init__(self, server: Any, answers: Answers) -> None:
        self._server = server
        self._verbs = {"chat": server.handle_chat_completions, "embed": self._embed}
        self._answers = answers
        self._wanted: set[int] = set()

    def take(self, message: Json) -> None:
        """Begin a request, or have one stop at its next piece."""
        if "cancel" in message:
            self._wanted.discard(message["cancel"])
            return
        self._wanted.add(message["id"])
        Thread(target=self._answer, args=(message,)).start()

    def stop(self) -> None:
        """Have all requests stop at their next piece."""
        self._wanted.clear()

    def _answer(self, message: Json) -> None:
        number = message["id"]

        def piece(data: Json) -> bool:
            """Pass on a piece; True asks the library to stop."""
            if number not in self._wanted:
                return True
            self._answers.send(id=number, data=data)
            return False

        try:
            self._verbs[message["verb"]](message["body"], piece)
            self._answers.send(id=number, end=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other side is told
            fault = {"code": 400 if isinstance(error, ValueError) else 500, "message": str(error)}
            self._answers.send(id=number, data={"error": fault}, end=True)
        finally:
            self._wanted.discard(number)

    def _embed(self, body: Json, piece: Callable[[Json], bool]) -> None:
        texts = body["input"]
        for start in range(0, len(texts), GROUP):
            if piece(self._server.handle_embeddings({**body, "input": texts[start : start + GROUP]})):
                return


def load(wanted: Json) -> Any:
    """Load a model file; nothing is fetched from anywhere.

    The library opens a port on the loopback device whether one wants it or not; nobody has the key to it.
    """
    import xllamacpp  # noqa: PLC0415 - a missing library is told like a model that does not load

    params = xllamacpp.CommonParams()
    params.model.path = wanted["path"]
    params.offline = True
    params.api_keys = [wanted["key"]]
    params.ui = params.endpoint_slots = params.warmup = False
    params.verbosity = 1  # what goes wrong, to standard error
    params.n_parallel = wanted["parallel"]
    params.n_ctx = wanted["context"] * wanted["parallel"]
    if wanted["threads"] is not None:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wanted["threads"]
    if wanted["gpu_layers"] is not None:
        params.n_gpu_layers = wanted["gpu_layers"]
    if wanted["template"] is not None:
        params.chat_template = wanted["template"]
    if wanted["embedding"]:
        params.embedding = True
        params.n_batch = params.n_ubatch = wanted["context"]  # a text must fit into one batch
        if wanted["pooling"] is not None:
            params.pooling_type = xllamacpp.llama_pooling_type[f"LLAMA_POOLING_TYPE_{wanted['pooling'].upper()}"]
    return xllamacpp.Server(params)


def main() -> None:
    """Load, then answer until nobody asks any more."""
    answers = Answers(sys.stdout.buffer)
    try:
        server = load(json.loads(sys.stdin.buffer.readline()))
    except ImportError as error:
        answers.send(absent=str(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side is told
        Event().wait(LAST_WORDS)  # the library's log has a thread that nobody can join, and that exit may cut off
        answers.send(failed=f"{type(error).__name__}: {error}")
        return
    runner = Runner(server, answers)
    answers.send(ready=True)
    for line in sys.stdin.buffer:
        runner.take(json.loads(line))
    runner.stop()


if __name__ == "__main__":
    main()
