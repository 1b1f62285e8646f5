"""The process around a script engine: walls first, then frames in and frames out. Standard library only.

Started as `python -I -S engine_child.py <settings as JSON>` with
    target       `module:attribute` of the engine's factory
    fd           the socket to the kernel, the only descriptor besides the standard ones
    parent       process id of the kernel: when it is gone, so are we
    path         import path
    memory       bytes of private data, above what the interpreter has when the engine is loaded
    cpu          seconds of CPU time, or null
Ends with status 0 when the kernel closes the socket, with `TOO_MUCH` and a line on stderr when a message is too big
to send.
"""

from __future__ import annotations

import json
import os
import resource
import sys

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any

    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_MAX_FILES = 16
_GRACE = 2  # seconds of CPU after the kernel's watchdog should have acted
_CHUNK = 2 * 1024 * 1024  # characters of messages that share a frame
_MANY = 4096  # messages that share a frame
_FEW = 16  # messages that are not worth counting
TOO_MUCH = 3


def _prctl(option: int, value: int) -> bool:
    import ctypes  # noqa: PLC0415 - Linux only

    try:
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _close_files(keep: int) -> None:
    try:
        open_files = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - pathlib costs 5 ms
    except OSError:
        open_files = list(range(3, 256))
    for number in open_files:
        if number > 2 and number != keep:  # noqa: PLR2004 - the standard three
            try:
                os.close(number)
            except OSError:
                continue  # the listing's own descriptor


def _limit(which: int, value: int) -> bool:
    try:
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        return False
    return True


def _data_size() -> int:
    """Give the bytes of private data the process has already."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms
            return int(file.read().split()[5]) * resource.getpagesize()
    except OSError:
        return 0


def raise_early_walls(settings: dict[str, Any]) -> list[str]:
    """Put up what does not hinder imports; give the names of the walls that stand."""
    walls = []
    _close_files(settings["fd"])
    walls.append("files_closed")
    if sys.platform == "linux":
        if _prctl(_PR_SET_NO_NEW_PRIVS, 1):
            walls.append("no_new_privs")
        if _prctl(_PR_SET_PDEATHSIG, _SIGKILL):
            walls.append("parent_death")
        if os.getppid() != settings["parent"]:
            sys.exit(0)  # the kernel died before we asked to hear of it
    if os.getsid(0) == os.getpid():
        walls.append("own_session")
    if len(os.environ) <= 1:
        walls.append("clean_environment")
    return walls


def raise_late_walls(settings: dict[str, Any]) -> list[str]:
    """Put up the resource limits, when everything is imported."""
    wanted = [
        ("no_core", resource.RLIMIT_CORE, 0),
        ("no_file_writes", resource.RLIMIT_FSIZE, 0),
        ("open_files", resource.RLIMIT_NOFILE, _MAX_FILES),
        ("memory", resource.RLIMIT_DATA, _data_size() + settings["memory"]),
    ]
    if settings["cpu"] is not None:
        wanted.append(("cpu", resource.RLIMIT_CPU, int(settings["cpu"]) + _GRACE))
    return [name for name, which, value in wanted if _limit(which, value)]


def raise_system_walls(settings: dict[str, Any]) -> list[str]:
    """Have the system refuse to write, connect, start programs and read elsewhere, as far as it can; last of all."""
    from llmspell.spec.engine_landlock import SYSTEM, read_only  # noqa: PLC0415 - after the import path is set
    from llmspell.spec.engine_seccomp import refuse_escapes  # noqa: PLC0415

    readable = [*settings["path"], sys.prefix, sys.base_prefix, os.getcwd(), *SYSTEM]  # noqa: PTH109 - pathlib costs 5 ms
    walls = []
    if read_only(readable):
        walls.append("landlock")
    if refuse_escapes():
        walls.append("seccomp")
    return walls


def load_engine(target: str) -> EngineMachine:
    """Import the engine's factory and make the machine."""
    from importlib import import_module  # noqa: PLC0415 - after the import path is set

    module, _, attribute = target.partition(":")
    machine: EngineMachine = getattr(import_module(module), attribute)()
    return machine


def _read(stream: Any, size: int) -> bytes:
    data: bytes = stream.read(size)
    if len(data) < size:
        sys.exit(0)  # the kernel has closed the pipe
    return data


def _answers(messages: list[Message]) -> list[bytes]:
    """Pack messages into frames of bounded size, the last of which ends with `idle`.

    Raises `WireError` for a message that fits no frame.
    """
    from llmspell.spec.wire import WireError, encode_frame  # noqa: PLC0415 - after the import path is set

    messages = [*messages, {"t": "idle"}]
    if len(messages) < _FEW:
        try:
            return [encode_frame(messages)]
        except WireError:
            pass  # too much together, which one by one they need not be
    frames: list[bytes] = []
    batch: list[Message] = []
    size = 0
    for message in messages:
        weight = len(str(message))
        if batch and (size + weight > _CHUNK or len(batch) >= _MANY):
            frames.append(encode_frame(batch))
            batch, size = [], 0
        batch.append(message)
        size += weight
    frames.append(encode_frame(batch))
    return frames


def serve(machine: EngineMachine, stream: Any, walls: list[str]) -> None:
    """Feed frames to the machine until the kernel closes the pipe."""
    from llmspell.spec.wire import HEADER, WireError, decode_frame, frame_size  # noqa: PLC0415 - as above

    while True:
        body = _read(stream, frame_size(_read(stream, HEADER)))
        out: list[Message] = []
        for message in decode_frame(body):
            answers = machine.feed(message)
            for answer in answers:
                if answer["t"] == "hello":
                    answer["walls"] = walls
            out += answers
        try:
            frames = _answers(out)
        except WireError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(TOO_MUCH)
        for frame in frames:
            stream.write(frame)
        stream.flush()


def main() -> None:
    """Run the child."""
    settings = json.loads(sys.argv[1])
    sys.path[:] = settings["path"]
    walls = raise_early_walls(settings)
    machine = load_engine(settings["target"])
    stream = os.fdopen(settings["fd"], "r+b", buffering=0)
    walls += raise_late_walls(settings)
    import io  # noqa: PLC0415

    walls += raise_system_walls(settings)
    if hasattr(machine, "enclose"):
        machine.enclose()
    serve(machine, io.BufferedRWPair(stream, stream, 65536), walls)


if __name__ == "__main__":
    main()
