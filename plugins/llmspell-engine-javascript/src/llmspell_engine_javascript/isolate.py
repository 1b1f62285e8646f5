"""One V8 isolate: text in, text out.

Built on the C interface of mini-racer. Its Python layer needs an event loop or a thread per isolate, converts values
(and waits for ever when it cannot), and cannot leave an isolate whose microtasks never end. Here an evaluation gives
text or nothing, may have a deadline in CPU time, and an isolate can be given up at any moment.
"""

from __future__ import annotations

import ctypes
import threading
import time
from queue import Empty, SimpleQueue

from py_mini_racer import init_mini_racer

from llmspell_engine_javascript.speech import Speech

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Types of values as the C interface numbers them.
_UNDEFINED, _INTEGER, _STRING, _SHARED_BUFFER = 11, 3, 5, 101
_FIRST_ERROR, _PARSE_ERROR, _OUT_OF_MEMORY, _TERMINATED = 200, 201, 202, 204
_GRACE = 0.2  # seconds until what was terminated must have ended
_PATIENCE = 10.0  # seconds until it must have ended where it hardly gets the processor
_PERIOD = 0.1  # seconds between two questions whether to stop
# The numbers under which the isolate's signals arrive; tasks count from 1.
_SIGNAL = 0
_FULL = (1 << 64) - 1


class EvaluationError(Exception):
    """An evaluation failed; `parsing` says that the text was no program."""

    def __init__(self, message: str, *, parsing: bool) -> None:
        super().__init__(message)
        self.parsing = parsing


class Stopped(Exception):  # noqa: N818 - a limit is no error of the isolate
    """Nothing more may run here; `reason` is `cpu`, `memory`, `signal` or `host`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def prepare() -> None:
    """Load V8 into the process: the part that reads files."""
    init_mini_racer(ignore_duplicate_init=True)


def version() -> str:
    """Give name and version of what runs the scripts; no isolate is made for it."""
    return f"V8 {init_mini_racer(ignore_duplicate_init=True).mr_v8_version().decode()}"


class Isolate:
    """Evaluate text in an isolate of its own, whose heap may hold `memory` bytes."""

    def __init__(self, memory: int) -> None:
        self._dll: Any = init_mini_racer(ignore_duplicate_init=True)
        self._answers: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._tasks: dict[int, int] = {}  # what has no answer yet: our number -> the isolate's
        self._last = _SIGNAL
        self._thread = 0
        self._deadline: float | None = None
        self.stopping: Callable[[], bool] | None = None
        """Asked now and then while something runs: whether it should stop."""
        self.interruptible = False
        """Whether what runs may be interrupted."""
        self.interrupted = False
        self._speech: Speech | None = None
        self._hearer: Callable[[str], None] = _ignore
        self._callback = self._dll.mr_init_context.argtypes[0](self._hear)  # must live as long as the isolate
        self._context: int | None = self._dll.mr_init_context(self._callback)
        self._dll.mr_set_hard_memory_limit(self._context, memory)

    def _hear(self, number: int, handle: Any) -> None:
        """Take an answer; runs in the isolate's thread, which waits meanwhile."""
        self._thread = threading.get_ident()
        if number == _FULL and self._speech is not None:
            self._speech.clear()
        self._answers.put((number, handle))

    @property
    def version(self) -> str:
        """Give the version of V8."""
        text: bytes = self._dll.mr_v8_version()
        return text.decode()

    def limit_cpu(self, seconds: float) -> None:
        """Allow so much CPU time from now on."""
        self.evaluate("0")  # the first answer tells the isolate's thread
        self._deadline = self._cpu() + seconds

    def _cpu(self) -> float:
        """Give the CPU seconds of the isolate's thread, or those that pass where the system does not count."""
        try:
            return time.clock_gettime(time.pthread_getcpuclockid(self._thread))
        except (AttributeError, OSError):
            return time.monotonic()

    def evaluate(self, *texts: str) -> str | None:
        """Evaluate texts one after the other; give the value of the last when it is text.

        The microtasks that a text leaves behind run before the next one. Raises `EvaluationError` for the first text
        that failed, `Stopped` for a limit.
        """
        numbers = [self._start(text) for text in texts]
        value, failure = None, None
        for number in numbers:
            handle = self._answer(number)
            try:
                value = self._read(handle)
            except EvaluationError as error:
                failure = failure or error
        if self._dll.mr_hard_memory_limit_reached(self._context):
            raise Stopped("memory")
        if failure is not None:
            raise failure
        return value

    def begin(self, *texts: str) -> None:
        """Evaluate texts that cannot fail while this thread does something else; the next `evaluate` waits for them."""
        for text in texts:
            self._start(text)

    def _start(self, text: str) -> int:
        data = text.encode("utf-8", "replace")  # half a surrogate pair of the host's has no form
        handle = self._dll.mr_alloc_string_val(self._context, data, len(data), _STRING)
        self._last = number = self._last + 1
        self._tasks[number] = self._dll.mr_eval(self._context, handle, number)
        self._free(handle)
        return number

    def _answer(self, number: int) -> Any:
        """Wait for the answer of a task; answers come in the order of the tasks."""
        while True:
            try:
                heard, handle = self._answers.get(timeout=self._patience())
            except Empty:
                self.listen()
                continue  # it may have waited for the processor: its own clock decides
            if heard == _FULL:
                self._free(handle)
                self.listen()
                continue
            if heard == _SIGNAL:
                self._free(handle)
                raise Stopped("signal")
            self._tasks.pop(heard, None)
            if heard == number:
                return handle
            self._free(handle)

    def _patience(self) -> float | None:
        """Give how many seconds to wait before the next look at the limits; raises `Stopped` beyond them."""
        if self.interruptible and self.interrupted:
            self.interrupted = False
            raise Stopped("interrupt")
        if self.stopping is not None and self.stopping():
            raise Stopped("host")
        looks = self.interruptible or self.stopping is not None or self._speech is not None
        wait = _PERIOD if looks else None
        if self._deadline is None:
            return wait
        left = self._deadline - self._cpu()
        if left <= 0:
            raise Stopped("cpu")
        return left if wait is None else min(left, wait)

    def _read(self, handle: Any) -> str | None:
        content = handle.contents
        kind = content.type
        text = None
        if kind == _STRING or kind >= _FIRST_ERROR:
            text = ctypes.string_at(content.value.bytes_val, content.len).decode("utf-8", "replace")
        self._free(handle)
        if kind == _OUT_OF_MEMORY:
            raise Stopped("memory")
        if kind == _TERMINATED:
            raise Stopped("cpu")
        if kind >= _FIRST_ERROR:
            raise EvaluationError(text or "", parsing=kind == _PARSE_ERROR)
        return text

    def _free(self, handle: Any) -> None:
        self._dll.mr_free_value(self._context, handle)

    def give_stop(self, receiver: str) -> None:
        """Evaluate a function of one argument and call it with a function that ends all evaluation here."""
        self._give_signal(receiver, _SIGNAL)

    def hear(self, memory: str, receiver: str, hearer: Callable[[str], None]) -> None:
        """Call `hearer` with the texts that a script writes, while it runs, into the buffer that `memory` evaluates to.

        `receiver` is called with a function that says that the buffer is full and returns when it is empty.
        """
        content = self._answer(self._start(memory)).contents  # never freed: the memory lives as long as the isolate
        if content.type != _SHARED_BUFFER:
            message = "the isolate shares no memory"
            raise EvaluationError(message, parsing=False)
        self._speech, self._hearer = Speech(content.value.value_ptr, content.len), hearer
        self._give_signal(receiver, _FULL)

    def listen(self, *, resting: bool = False) -> None:
        """Hand on what was written so far; `resting` says that nothing runs."""
        if self._speech is None:
            return
        if resting:
            self._speech.clear()
        for text in self._speech.take():
            self._hearer(text)

    def _give_signal(self, receiver: str, number: int) -> None:
        """Call a function of the isolate's with a signal: a function without data, the only thing of Python's there."""
        function = self._answer(self._start(receiver))
        arguments = self._answer(self._start("[0]"))
        signal = self._dll.mr_make_js_callback(self._context, number)
        first = self._dll.mr_alloc_int_val(self._context, 0, _INTEGER)
        this = self._dll.mr_alloc_int_val(self._context, 0, _UNDEFINED)
        self._free(self._dll.mr_set_object_item(self._context, arguments, first, signal))
        self._last = task = self._last + 1
        self._tasks[task] = self._dll.mr_call_function(self._context, function, this, arguments, task)
        self._read(self._answer(task))
        for handle in (function, arguments, signal, first, this):
            self._free(handle)

    def terminate(self) -> bool:
        """End what runs and tell whether the isolate can still evaluate: it cannot when microtasks have it.

        The grace is of the isolate's own CPU time: on a busy machine it may wait long for the processor.
        """
        self._deadline = None
        for task in self._tasks.values():
            self._dll.mr_cancel_task(self._context, task)
        until, last = self._cpu() + _GRACE, time.monotonic() + _PATIENCE
        while self._tasks:
            try:
                heard, handle = self._answers.get(timeout=_GRACE / 10)
            except Empty:
                if self._cpu() > until or time.monotonic() > last:
                    return False
                continue
            self._tasks.pop(heard, None)
            self._free(handle)
        return True

    def close(self) -> None:
        """Give the isolate up, whatever it does.

        V8 looks for the wish to end between two steps of a script, and some of its own functions take long for one
        step: a thread waits for those.
        """
        context, self._context = self._context, None
        if self._speech is not None:
            self._speech.close()
        if context is not None:
            ending = threading.Thread(target=self._end, args=(context,), daemon=True)
            ending.start()
            ending.join(_GRACE)

    def _end(self, context: int) -> None:
        """Free the isolate; the method keeps `self` alive, whose callback may still be called."""
        self._dll.mr_free_context(context)

    def collect(self) -> None:
        """Find what nothing refers to any more; nothing may run here meanwhile."""
        self._dll.mr_low_memory_notification(self._context)

    def salvage(self, text: str) -> str | None:
        """Give the value of one more text after a stop, None when there is none to be had in a short time."""
        if not self.terminate():
            return None
        number = self._start(text)
        try:
            heard, handle = self._answers.get(timeout=_GRACE)
            return self._read(handle) if heard == number else None
        except (Empty, EvaluationError, Stopped):
            return None


def _ignore(_text: str) -> None:
    """Hear nothing."""
