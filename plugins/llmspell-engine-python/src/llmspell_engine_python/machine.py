"""The Python engine: one spell on an event loop of its own, driven by messages.

See `llmspell.spec.engines.EngineMachine`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import platform
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from llmspell_engine_python import faults
from llmspell_engine_python.bridge import Bridge, StoppedError
from llmspell_engine_python.errors import to_wire
from llmspell_engine_python.exports import exported
from llmspell_engine_python.installed import Api, decoded
from llmspell_engine_python.loop import SpellLoop
from llmspell_engine_python.modules import Modules
from llmspell_engine_python.output import Poster
from llmspell_engine_python.place import INVOKE
from llmspell_engine_python.source import RESULT, compile_source, forget, syntax_fault
from llmspell_engine_python.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.wire import Message
    from llmspell_engine_python.durable import Clock, Order
    from llmspell_engine_python.source import Program

SOURCE_CAP = 4 << 20
MAIN = "__main__"


class PythonMachine:
    """Run one spell.

    `feed` is synchronous: it takes one message, lets the script's tasks run until everything waits, and gives what the
    script said. In a process of its own the host calls `enclose` before the first message; `speak` is the host's way to
    hear posts at once.
    """

    def __init__(self) -> None:
        make_loop: Any = SpellLoop  # the rest of an event loop's methods raise, as asyncio means it
        self._loop: SpellLoop = make_loop(self._arm, self._disarm, self._report, self._leave)
        self._bridge = Bridge(self._loop)
        self._modules = Modules(self._bridge)
        self._stdout = Poster(lambda text: self._bridge.post("print", (text,), {}))
        self._stderr = Poster(lambda text: self._bridge.post("Log.warn", (text,), {}))
        self._around = Surroundings(self._loop, self._stdout, self._stderr)
        self._context = contextvars.Context()
        self._invokes: dict[int, asyncio.Task[Any]] = {}
        self._program: Program | None = None
        self._name = ""
        self._exporting = False
        self._package = ""
        self._seconds = 0.0
        self._globals: dict[str, Any] = {}
        self._alone = False
        self._clock: Clock | None = None
        self._order: Order | None = None
        self._dead = ""

    @property
    def speak(self) -> Callable[[Message], None] | None:
        """Take posts while the script runs; None leaves them in what `feed` gives."""
        return self._bridge.speak

    @speak.setter
    def speak(self, listener: Callable[[Message], None] | None) -> None:
        if listener is None:
            self._bridge.speak = None
            return

        def speak(message: Message) -> None:
            with self._around.outside():
                listener(message)

        self._bridge.speak = speak

    def enclose(self) -> None:
        """Make the process the spell's: nothing else lives in it."""
        from llmspell_engine_python.guard import watch  # noqa: PLC0415 - never in the kernel's process

        self._alone = True
        self._modules.loaded = sys.modules
        self._around.stay()
        watch()

    def interrupt(self) -> None:
        """Raise `KeyboardInterrupt` in the task that runs, if one does; from a signal's handler or another thread."""
        self._loop.interrupt()

    def feed(self, message: Message) -> list[Message]:
        """Take one message of the wire contract and give the answers.

        Raises `ValueError` on an unknown message type.
        """
        kind = message["t"]
        if self._dead:
            if kind not in ("invoke", "eval"):
                return []
            return [self._failed(message["id"], faults.runtime(self._dead, "ended" if kind == "eval" else "runtime"))]
        handler = self._HANDLERS.get(kind)
        if handler is None:
            raise ValueError(f"the Python engine knows no message {kind!r}")
        if self._program is None and kind != "hello":
            raise ValueError(f"the Python engine got {kind!r} before hello")
        if self._clock is not None:
            self._clock.hear(message)
        with self._around, contextlib.suppress(StoppedError):
            handler(self, message)
            self._loop.run_ready()
        if self._bridge.stopped:
            self._stop()
        out = self._bridge.taken()
        return out if self._order is None else self._order.rest(out)

    def close(self) -> None:
        """End every task of the run and drop what it holds."""
        if self._loop.is_closed():
            return
        self._dead = self._dead or "the spell has ended"
        self._bridge.closed = True
        tasks = asyncio.all_tasks(self._loop)
        if not self._bridge.stopped:  # a script that passed a limit gets no more time
            with self._around, contextlib.suppress(StoppedError):
                for task in tasks:
                    task.cancel()
                self._loop.run_ready()
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it refused to end
        if self._around.watchdog is not None:
            self._around.watchdog.stop()
        self._loop.close()
        self._invokes.clear()
        self._modules.forget()
        self._globals.clear()
        forget(self._name)

    # -- messages ------------------------------------------------------------------------------------------------------

    def _hello(self, message: Message) -> None:
        limits = message.get("limits") or {}
        self._bridge.calls_limit = int(limits.get("calls") or self._bridge.calls_limit)
        self._bridge.output_limit = int(limits.get("output") or self._bridge.output_limit)
        if limits.get("cpu") is not None:
            self._watch(float(limits["cpu"]))
        self._name = message["name"]
        self._exporting = bool(message.get("exports"))
        if self._exporting:  # its name is a path from the spell's folder; that of the first spell may be any
            self._package = self._name.rpartition("/")[0].replace("/", ".")
        source = message["source"]
        fault = self._make_durable(message) if message.get("durable") else None
        if fault is not None:
            pass
        elif len(source) > SOURCE_CAP:
            fault = faults.exhausted(f"the script is longer than {SOURCE_CAP} bytes")
        else:
            try:
                self._program = compile_source(source, self._name, main=True)
            except SyntaxError as error:
                fault = syntax_fault(error, self._name)
        if fault is None:
            try:
                self._install(message)
            except ValueError as error:
                fault = faults.runtime(str(error))
        answer: Message = {"t": "hello", "v": 1, "ok": fault is None}
        if fault is None:
            answer |= {"engine": "python", "version": platform.python_version()}
        else:
            answer["error"] = fault
        self._bridge.out.append(answer)

    def _make_durable(self, message: Message) -> dict[str, Any] | None:
        """Have the run depend on its messages alone; give the error object when it cannot be had."""
        from llmspell_engine_python import durable  # noqa: PLC0415 - no other spell pays for it

        reason = durable.obstacle(alone=self._alone)
        if reason:
            return faults.runtime(reason, "validation", "run it in a child process: --isolation process")
        self._clock, self._order = durable.begin(message, self._loop, self._bridge.files)
        self._bridge.mark = self._order.mark
        return None

    def _watch(self, seconds: float) -> None:
        from llmspell_engine_python.watchdog import Watchdog  # noqa: PLC0415 - a child is watched from outside

        def passed() -> None:
            self._bridge.stopped = "cpu"

        self._seconds = seconds
        self._around.watchdog = Watchdog(seconds, passed)
        self._around.watchdog.enter()  # the script's surroundings are there already: they leave it when they go

    def _install(self, message: Message) -> None:
        bridge = self._bridge
        api = Api(bridge, message["api"])
        env = decoded(message.get("env") or {}, bridge.decode)
        values = {**api.values, **env, "env": env, "params": decoded(message.get("params") or {}, bridge.decode)}
        self._modules.offer(values, api.modules, api.find)
        bridge.files.add(self._name)

        def name_tools(names: set[str]) -> None:
            for name in names - self._modules.builtins.keys():
                made = api.constructor(name)
                if made is not None:
                    self._modules.builtins[name] = made

        bridge.name_tools = name_tools
        if self._program is not None:
            name_tools(self._program.names)
        main = ModuleType(MAIN)
        main.__file__ = self._name
        main.__package__ = self._package
        self._globals = main.__dict__
        self._globals["__builtins__"] = self._modules.builtins
        if self._alone:
            sys.modules[MAIN] = main
            for name in ("llmspell", "rs_llmspell"):
                sys.modules[name] = self._modules.import_(name)

    def _invoke(self, message: Message) -> None:
        number = message["id"]
        if message["fn"] == 0:
            work = self._run_main()
        else:
            function = self._bridge.function(message["fn"])
            if function is None:
                self._bridge.out.append(self._failed(number, faults.runtime(f"there is no function {message['fn']}")))
                return
            work = _run_function(function, [self._bridge.decode(one) for one in message.get("args") or ()])
        context = self._context.copy()
        if message["fn"] != 0:
            context.run(INVOKE.set, number)
        task = self._loop.create_task(work, context=context)
        if message["fn"] == 0:
            self._bridge.main = task
        self._invokes[number] = task
        task.add_done_callback(lambda done: self._returned(number, done))

    async def _run_main(self) -> Any:
        """Run the script to its end, then cancel what it left behind and wait for that, as `asyncio.run` does."""
        program = self._program
        if program is None:
            raise RuntimeError("the script was started before it was loaded")
        try:
            await self._modules.prepare(program.imports, self._package)
            steps = eval(program.code, self._globals)  # noqa: S307 - the spell itself
            if inspect.iscoroutine(steps):
                await steps
            if self._exporting:
                return exported(self._globals, self._bridge.can_cross)
            value = self._globals.get(RESULT)
            return await value if inspect.isawaitable(value) else value
        finally:
            if not self._loop.is_closed():  # else the script was stopped, and what is left of it is being collected
                if not self._exporting:  # a spell that another loaded goes on
                    await self._end_tasks()
                self._stdout.finish()
                self._stderr.finish()

    async def _end_tasks(self) -> None:
        current = asyncio.current_task()
        left = [task for task in self._loop.script_tasks if task is not current and not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for error in (task.exception() for task in left if not task.cancelled()):
            if error is not None:
                self._report({"message": "a task that was cancelled at the end failed", "exception": error})

    def _returned(self, number: int, task: asyncio.Task[Any]) -> None:
        if self._bridge.closed or self._bridge.stopped:
            return  # those that are left are answered with the limit
        self._invokes.pop(number, None)
        failure = self._bridge.failure if task is self._bridge.main else None
        if failure is not None and not task.cancelled():
            task.exception()  # it has been looked at
        if failure is None and not task.cancelled():
            failure = task.exception()
        elif failure is None:
            failure = asyncio.CancelledError()
        if isinstance(failure, SystemExit) and failure.code in (None, 0):
            failure = None
        if failure is None:
            try:
                value = None if task.cancelled() or task.exception() else task.result()
                encoded = self._bridge.encode(value, "the returned value")
                self._bridge.out.append({"t": "return", "id": number, "ok": True, "value": encoded})
                return
            except Exception as error:  # noqa: BLE001 - the script's own objects may do anything when they are read
                failure = error
        self._bridge.out.append(self._failed(number, self._fault(failure)))

    def _eval(self, message: Message) -> None:
        from llmspell_engine_python import inputs  # noqa: PLC0415 - no spell pays for it

        number, name = message["id"], message["name"]
        self._bridge.files.add(name)
        try:
            program = inputs.read(message["source"], name)
        except (SyntaxError, ValueError, OverflowError) as error:
            fault = syntax_fault(error, name) if isinstance(error, SyntaxError) else faults.runtime(str(error))
            self._bridge.out.append(self._failed(number, fault))
            return
        if program is None:
            self._bridge.out.append({"t": "return", "id": number, "ok": True, "value": {"more": True}})
            return
        self._bridge.name_tools(program.names)
        context = self._context.copy()
        context.run(INVOKE.set, number)
        task = self._loop.create_task(inputs.run(program, self._modules, self._globals), context=context)
        self._invokes[number] = task
        task.add_done_callback(lambda done: self._returned(number, done))

    def _cancel(self, message: Message) -> None:
        task = self._invokes.get(message["id"])
        if task is not None:
            task.cancel()

    def _settle(self, message: Message) -> None:
        if not self._loop.slept(message["id"]):
            self._bridge.settle(message)

    def _release(self, message: Message) -> None:
        for number in message.get("fn") or ():
            self._bridge.release(number)

    def _item(self, message: Message) -> None:
        self._bridge.item(message)

    # -- failures ------------------------------------------------------------------------------------------------------

    def _fault(self, error: BaseException) -> dict[str, Any]:
        """Give the error object for a failure; what of it cannot cross is told as text."""
        told = to_wire(error, self._bridge.files, self._bridge.absent)
        encoded = {}
        for name, value in told.items():
            try:
                encoded[name] = self._bridge.encode(value, name)
            except Exception:  # noqa: BLE001 - the error itself must arrive
                encoded[name] = {} if name == "context" else repr(value)[:1000]
        return encoded

    @staticmethod
    def _failed(number: int, error: dict[str, Any]) -> Message:
        return {"t": "return", "id": number, "ok": False, "error": error}

    def _stop(self) -> None:
        """End the run: every open invoke is answered with the limit that was passed."""
        error = faults.passed(self._bridge.stopped, self._bridge.output_limit, self._seconds)
        self._bridge.out = [one for one in self._bridge.out if one["t"] == "post"]
        self._bridge.out += [self._failed(number, error) for number in self._invokes]
        self._dead = str(error["message"])
        out = self._bridge.out
        self.close()
        self._bridge.out = out

    def _report(self, context: dict[str, Any]) -> None:
        self._bridge.report(context)

    def _leave(self, error: BaseException) -> None:
        self._bridge.end_main(error)

    def _arm(self, milliseconds: float, place: str) -> int:
        return self._bridge.sleep(milliseconds, place)

    def _disarm(self, number: int) -> None:
        self._bridge.give_up(number)

    _HANDLERS: dict[str, Callable[[PythonMachine, Message], None]] = {  # noqa: RUF012 - bound once, never written
        "hello": _hello,
        "invoke": _invoke,
        "eval": _eval,
        "settle": _settle,
        "item": _item,
        "cancel": _cancel,
        "release": _release,
    }


async def _run_function(function: Callable[..., Any], arguments: list[Any]) -> Any:
    value = function(*arguments)
    return await value if inspect.isawaitable(value) else value
