"""The process around a script engine: walls first, then frames in and frames out. Standard library only.

It loads its engine and waits. The first frame is a JSON object with the bounds of the run that takes it: only then the
walls that depend on them go up, so a process that was started for a run and one that had been waiting are the same.

Started as `python *OPTIONS <settings as JSON>` in `ENVIRONMENT` and nothing else, with
    target       `module:attribute` of the engine's factory
    fd           the socket to the kernel, the only descriptor besides the standard ones
    parent       process id of the kernel: when it is gone, so are we
    path         import path
and given, as bounds,
    memory       bytes of private data, above what the interpreter has when the engine is loaded
    cpu          seconds of CPU time, or null
Ends with status 0 when the kernel closes the socket, with `TOO_MUCH` and a line on stderr when a message is too big
to send.
"""

from __future__ import annotations

import _thread
import gc
import json
import os
import resource
import sys
from time import monotonic, sleep

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any

    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_MAX_FILES = 16
GRACE = 2  # seconds of CPU after the kernel's watchdog should have acted
_CHUNK = 2 * 1024 * 1024  # characters of messages that share a frame
_MANY = 4096  # messages that share a frame
_FEW = 16  # messages that are not worth counting
_PERIOD = 0.1  # seconds after which the kernel has what a script said, though the script still runs
_SOON = 4096  # characters of posts that are written at once
_AROUND = 64  # characters that a post has besides its text
_STACK = 256 * 1024  # bytes, for the thread that writes
_READ = 256 * 1024  # bytes asked for at a time
TOO_MUCH = 3

BOOT = """\
import json, sys
settings = json.loads(sys.argv[1])
sys.path[:] = settings["path"]
from llmspell.spec.engine_child import main
main(settings)
"""
"""The program of the child. It imports this module, which is read compiled: a script is compiled at every start."""

OPTIONS = ("-s", "-P", "-S", "-c", BOOT)
"""Those of `-I`, but for the one that would not read `ENVIRONMENT`."""

_HASHES = "PYTHONHASHSEED"
ENVIRONMENT = {"LC_ALL": "C.UTF-8", _HASHES: "0"}
"""All variables of the child.

Hashes of text are the same in every child: a run that is resumed goes through a Python script's sets in the order of
the first time, whichever child has waited for it. Somebody who makes keys that collide, which a random seed would keep
away, gains no more than the CPU time that this one run may use.
"""


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
    os.environ.pop(_HASHES, None)  # it has been read
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
        wanted.append(("cpu", resource.RLIMIT_CPU, int(settings["cpu"]) + GRACE))
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


def _load_walls() -> None:
    """Read what the system's walls need while there is time: a process that waits has nothing else to do."""
    from llmspell.spec import engine_landlock, engine_seccomp  # noqa: F401, PLC0415 - for `raise_system_walls`


def load_engine(target: str) -> EngineMachine:
    """Import the engine's factory and make the machine."""
    from importlib import import_module  # noqa: PLC0415 - after the import path is set

    module, _, attribute = target.partition(":")
    machine: EngineMachine = getattr(import_module(module), attribute)()
    return machine


class _Inlet:
    """Read frames: wait for one, and give all that have come with it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._buffer = bytearray()

    def waiting(self) -> bool:
        """Tell whether the kernel has said something that was not read yet."""
        from select import POLLIN, poll  # noqa: PLC0415 - for engines that ask

        look = poll()  # `select` takes no number above 1023, and a busy kernel gives such
        look.register(self._fd, POLLIN)
        return bool(look.poll(0))

    def frames(self) -> list[bytes]:
        """Give the bodies of one or more frames; ends the process when the kernel has closed the pipe."""
        from llmspell.spec.wire import HEADER, frame_size  # noqa: PLC0415 - after the import path is set

        bodies: list[bytes] = []
        while not bodies:
            data = os.read(self._fd, _READ)
            if not data:
                sys.exit(0)
            self._buffer += data
            start = 0
            while len(self._buffer) - start >= HEADER:
                end = start + HEADER + frame_size(bytes(self._buffer[start : start + HEADER]))
                if len(self._buffer) < end:
                    break
                bodies.append(bytes(self._buffer[start + HEADER : end]))
                start = end
            del self._buffer[:start]
        return bodies


def _frames(messages: list[Message]) -> list[bytes]:
    """Pack messages into frames of bounded size; raises `WireError` for a message that fits no frame."""
    from llmspell.spec.wire import WireError, encode_frame  # noqa: PLC0415 - after the import path is set

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


class Outlet:
    """Write to the kernel: the messages of a machine at rest, and what a script says while it runs.

    Posts leave at once when none has left for a while, together when there are many, and after `_PERIOD` at the latest:
    a second thread sees to that, because the first may be in a script that never comes back. (It gets to run when the
    engine lets go of the interpreter's lock while a script runs, as Lua does.)
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._lock = _thread.allocate_lock()
        self._bell = _thread.allocate_lock()
        self._bell.acquire()
        self._threaded = False
        self._said: list[Message] = []
        self._size = 0
        self._last = 0.0

    def say(self, message: Message) -> None:
        """Take a post of a running script; never raises, because it is called from inside the engine."""
        with self._lock:
            self._said.append(message)
            self._size += _AROUND + sum(len(one) for one in message.get("args", ()) if isinstance(one, str))
            if self._size > _SOON or monotonic() - self._last > _PERIOD or not self._ring():
                self._write([])

    def answer(self, messages: list[Message]) -> None:
        """Write what the machine gave when it came to rest, after what the script had said."""
        with self._lock:
            self._write([*messages, {"t": "idle"}])

    def _ring(self) -> bool:
        """Have the other thread write in a moment; False when the system gives us none."""
        if not self._threaded:
            _thread.stack_size(_STACK)
            try:
                _thread.start_new_thread(self._flush_late, ())
            except RuntimeError:
                return False
            self._threaded = True
        if self._bell.locked():
            self._bell.release()
        return True

    def _flush_late(self) -> None:
        while True:
            self._bell.acquire()
            sleep(_PERIOD)
            with self._lock:
                if self._said:
                    self._write([])

    def _write(self, messages: list[Message]) -> None:
        """Write everything; end the process when that cannot be done, from whichever thread."""
        from llmspell.spec.wire import WireError  # noqa: PLC0415 - as above

        said, self._said, self._size = self._said, [], 0
        try:
            for frame in _frames([*said, *messages]):
                self._stream.write(frame)
            self._stream.flush()
        except OSError:
            os._exit(0)  # the kernel has closed the pipe
        except WireError as error:
            os.write(2, f"{error}\n".encode())
            os._exit(TOO_MUCH)
        self._last = monotonic()


def serve(machine: EngineMachine, bodies: list[bytes], inlet: _Inlet, outlet: Outlet, walls: list[str]) -> None:
    """Feed frames to the machine until the kernel closes the pipe; each frame is answered with one `idle`.

    `bodies` are those that have come already.
    """
    from llmspell.spec.wire import decode_frame  # noqa: PLC0415 - as above

    if hasattr(machine, "speak"):
        machine.speak = outlet.say
    if hasattr(machine, "interrupt"):
        _interrupt_by_signal(machine.interrupt)
    feed_all = getattr(machine, "feed_all", None)
    together = feed_all is not None
    while True:
        groups = [decode_frame(body) for body in bodies or inlet.frames()]
        bodies = []
        together = together and not groups[0][0].get("durable")  # what comes together must not matter to that spell
        if together:
            groups = [[one for group in groups for one in group], *([] for _ in groups[1:])]
        for group in groups:
            out = _fed(machine, feed_all if together else None, group)
            for answer in out:
                if answer["t"] == "hello":
                    answer["walls"] = walls
            outlet.answer(out)


def _interrupt_by_signal(interrupt: Any) -> None:
    """Let the kernel interrupt what the engine runs with SIGINT."""
    import _signal  # type: ignore[import-not-found]  # noqa: PLC0415 - `signal` makes a class of every signal first

    _signal.signal(_signal.SIGINT, lambda _number, _frame: interrupt())


def _fed(machine: EngineMachine, feed_all: Any, messages: list[Message]) -> list[Message]:
    if feed_all is not None and messages:
        answers: list[Message] = feed_all(messages)
        return answers
    return [answer for message in messages for answer in machine.feed(message)]


def main(settings: dict[str, Any]) -> None:
    """Run the child."""
    walls = raise_early_walls(settings)
    gc.disable()  # what imports leave is no garbage
    machine = load_engine(settings["target"])
    gc.freeze()
    gc.enable()
    # Buffered, because a raw descriptor may take a part of what it is given; and before the walls stand.
    outlet = Outlet(os.fdopen(settings["fd"], "wb"))
    _load_walls()
    inlet = _Inlet(settings["fd"])
    if hasattr(machine, "rehearse") and not inlet.waiting():
        machine.rehearse()
    bounds, *bodies = inlet.frames()
    walls += raise_late_walls(json.loads(bounds))
    walls += raise_system_walls(settings)
    if hasattr(machine, "enclose"):
        machine.enclose()
    serve(machine, bodies, inlet, outlet, walls)
