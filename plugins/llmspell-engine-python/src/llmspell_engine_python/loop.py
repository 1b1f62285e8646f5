"""The event loop of a spell: asyncio's own tasks, futures and timers, with the kernel as the only thing to wait for.

There is no selector and no clock that wakes it. It runs until nothing is ready, then the machine gives what was said
and the next message goes on from there. The earliest timer is one call of `Async.sleep`, whose answer makes it due.
"""

from __future__ import annotations

import asyncio
import heapq
from _thread import allocate_lock, get_ident
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from llmspell_engine_python.errors import SpellSecurityError
from llmspell_engine_python.place import INVOKE

if TYPE_CHECKING:
    import contextvars
    from collections.abc import Callable
    from concurrent.futures import Executor
    from typing import NoReturn

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PASSES = 64
"""Turns of the loop after which a script that never waits lets the kernel have one."""


class SpellLoop(asyncio.AbstractEventLoop):
    """Run callbacks of one spell in order.

    `arm(milliseconds, place)` asks the kernel to settle a sleep and gives the call's number, `disarm(number)` takes it
    back, `report(context)` is told of failures that nobody waits for, in the form of asyncio's exception handlers, and
    `leave(error)` of a task that wants the whole script to end.

    `time()` is read once per message, as in libuv: what a script computes from it does not depend on how fast it runs.
    """

    def __init__(
        self,
        arm: Callable[[float, str], int],
        disarm: Callable[[int], None],
        report: Callable[[dict[str, Any]], None],
        leave: Callable[[BaseException], None],
    ) -> None:
        self._arm = arm
        self._disarm = disarm
        self._report = report
        self._exit = leave
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle, str]] = []
        self._sequence = 0
        self.read_clock: Callable[[], float] = monotonic
        self.make_task: Callable[..., asyncio.Task[Any]] = asyncio.Task
        self.make_future: Callable[..., asyncio.Future[Any]] = asyncio.Future
        self.mark: Callable[[], str] | None = None
        """Tells where in the script a timer is made, for those who want to know."""
        self._now = 0.0
        self._armed: tuple[int, float] | None = None
        self._handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None = None
        self._closed = False
        self._stepping = 0  # the thread that runs a callback
        self._raised = False
        self._interrupting = allocate_lock()
        self.script_tasks: WeakKeyDictionary[asyncio.Task[Any], None] = WeakKeyDictionary()
        """Tasks that the script itself began, not a function that the kernel called, in this order."""

    # -- for the machine -----------------------------------------------------------------------------------------------

    def run_ready(self) -> None:
        """Run callbacks until none is ready, or for `PASSES` turns, and see that the earliest timer will come."""
        self._now = max(self._now, self.read_clock())
        ready = self._ready
        for _ in range(PASSES):
            count = len(ready)
            if not count:
                break
            for _ in range(count):
                handle = ready.popleft()
                if not handle.cancelled():
                    self._step(handle)
        self._set_alarm()

    def _step(self, handle: asyncio.Handle) -> None:
        try:
            self._stepping = get_ident()
            try:
                handle._run()  # noqa: SLF001 - what every loop does with its handles
            finally:
                self._stepping = 0
                self._take_back()
        except (SystemExit, KeyboardInterrupt) as error:  # a task lets these through to its loop
            self._exit(error)

    def interrupt(self) -> None:
        """Raise `KeyboardInterrupt` in what runs just now; nothing when all waits."""
        if not self._stepping:
            return
        if self._stepping == get_ident():
            raise KeyboardInterrupt
        from llmspell_engine_python.watchdog import raise_in  # noqa: PLC0415 - only in the kernel's own process

        with self._interrupting:
            if self._stepping:
                self._raised = True
                raise_in(self._stepping, KeyboardInterrupt)

    def _take_back(self) -> None:
        """End a callback: an interrupt that has not arrived in it must not arrive in what comes after."""
        if not self._raised and not self._interrupting.locked():
            return
        from llmspell_engine_python.watchdog import raise_in  # noqa: PLC0415 - likewise

        with self._interrupting:
            self._raised = False
            raise_in(get_ident(), None)

    def slept(self, number: int) -> bool:
        """Take the end of a sleep: what it was for is due. False when the call is none of this loop's."""
        if self._armed is None or self._armed[0] != number:
            return False
        self._now = max(self._now, self.read_clock(), self._armed[1])
        self._armed = None
        while self._timers and self._timers[0][0] <= self._now:
            timer = heapq.heappop(self._timers)[2]
            self._ready.append(timer)
        return True

    def _set_alarm(self) -> None:
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        when, place = None, ""
        if self._ready:
            when, place = self._now, self._place()
        elif self._timers:
            when, _, _, place = self._timers[0]
        if self._armed is not None and self._armed[1] != when:
            self._disarm(self._armed[0])
            self._armed = None
        if when is not None and self._armed is None:
            self._armed = (self._arm(max(0.0, round((when - self._now) * 1000, 3)), place), when)

    def _place(self) -> str:
        return "" if self.mark is None else self.mark()

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Call something in the next turn."""
        self._check()
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call something after `delay` seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call something when `time()` is `when`."""
        self._check()
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._sequence += 1
        heapq.heappush(self._timers, (when, self._sequence, timer, self._place()))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Be told by a timer that it was cancelled; it is dropped when it comes to the top."""

    def time(self) -> float:
        """Give the time of the last message, in seconds."""
        return self._now

    # -- tasks and futures ---------------------------------------------------------------------------------------------

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future."""
        return self.make_future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Make a task; `name` and `context` are those of `asyncio.create_task`."""
        self._check()
        task = self.make_task(coro, loop=self, **options)
        context = options.get("context")
        if not (INVOKE.get() if context is None else context.get(INVOKE)):
            self.script_tasks[task] = None
        return task

    def run_in_executor(
        self,
        executor: Executor | None,  # noqa: ARG002 - asyncio's signature
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Call the function at once: a spell has one thread, and what it computes must not depend on another."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            future.set_exception(error)
        return future

    # -- state ---------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self._closed:
            raise RuntimeError("the spell has ended")

    def is_running(self) -> bool:
        """Tell whether it runs, which it does for as long as the spell lives."""
        return not self._closed

    def is_closed(self) -> bool:
        """Tell whether the spell has ended."""
        return self._closed

    def close(self) -> None:
        """Drop everything that waits."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()
        self._armed = None

    def get_debug(self) -> bool:
        """Tell that asyncio's debug mode is off: its checks read a clock of their own."""
        return False

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - asyncio's signature
        """Stay out of debug mode."""

    def get_task_factory(self) -> None:
        """Tell that tasks are asyncio's own."""
        return

    async def shutdown_asyncgens(self) -> None:
        """Have nothing to do: the machine closes the generators it was told of."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Have nothing to do: there is no executor."""

    # -- failures nobody waits for -------------------------------------------------------------------------------------

    def set_exception_handler(
        self, handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None
    ) -> None:
        """Use the script's own handler."""
        self._handler = handler

    def get_exception_handler(self) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None:
        """Give the script's own handler."""
        return self._handler

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Report a failure."""
        self._report(context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell the script's handler, or report the failure."""
        if self._closed:
            return
        if self._handler is None:
            self._report(context)
            return
        try:
            self._handler(self, context)
        except Exception as error:  # noqa: BLE001 - a handler that fails must not hide what it was told
            self._report(context)
            self._report({"message": "the exception handler failed", "exception": error})


_NETWORK = (
    "add_reader", "add_writer", "connect_accepted_socket", "connect_read_pipe", "connect_write_pipe",
    "create_connection", "create_datagram_endpoint", "create_server", "create_unix_connection", "create_unix_server",
    "getaddrinfo", "getnameinfo", "sendfile", "sock_accept", "sock_connect", "sock_recv", "sock_recv_into",
    "sock_recvfrom", "sock_recvfrom_into", "sock_sendall", "sock_sendfile", "sock_sendto", "start_tls",
)  # fmt: skip
_PROCESSES = ("subprocess_exec", "subprocess_shell")


def _refusal(name: str, sentence: str, remedy: str) -> Callable[..., NoReturn]:
    def refuse(*_args: object, **_options: object) -> NoReturn:
        raise SpellSecurityError(f"{sentence} (asyncio's {name})", suggestions=[remedy])

    return refuse


for _name in _NETWORK:
    setattr(
        SpellLoop,
        _name,
        _refusal(_name, "a spell has no sockets and pipes", "use a tool that connects, with --allow-net"),
    )
for _name in _PROCESSES:
    setattr(SpellLoop, _name, _refusal(_name, "a spell cannot start processes", "use a tool that runs programs"))
