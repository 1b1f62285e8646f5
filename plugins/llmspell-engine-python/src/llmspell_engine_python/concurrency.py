"""`Async.*`, as the other languages have it, on top of asyncio. A job is a coroutine or a function; times are in ms."""

from __future__ import annotations

import asyncio
import inspect
import re
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.errors import SpellTimeoutError, ValidationError, to_wire
from llmspell_engine_python.names import snake
from llmspell_engine_python.values import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from llmspell_engine_python.bridge import Bridge

LONGEST = 30_000.0
LOOK = 10
UNITS = {"ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_PART = r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*"


async def run(job: Any, *args: Any) -> Any:
    """Call a function, await a coroutine, or give a value as it is."""
    value = job(*args) if callable(job) and not inspect.isawaitable(job) else job
    return await value if inspect.isawaitable(value) else value


def _tasks(jobs: Mapping[Any, Any] | Iterable[Any], name: str) -> dict[Any, asyncio.Task[Any]]:
    if isinstance(jobs, dict):
        return {key: asyncio.create_task(run(job)) for key, job in jobs.items()}
    if isinstance(jobs, (str, bytes)) or not hasattr(jobs, "__iter__"):
        raise ValidationError(f"{name} takes a list or a dict of functions, coroutines or values, not {jobs!r}")
    return {index: asyncio.create_task(run(job)) for index, job in enumerate(jobs)}


def _shaped(jobs: Any, results: dict[Any, Any]) -> Any:
    return results if isinstance(jobs, dict) else list(results.values())


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel what still runs and wait for it: its `finally` blocks have run before the script goes on."""
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def gather_all(jobs: Any) -> Any:
    """Give the values of all jobs, in order or under their keys; the first failure is raised and cancels the others."""
    tasks = _tasks(jobs, "Async.all")
    try:
        await asyncio.gather(*tasks.values())
    finally:
        await _end(tasks.values())
    return _shaped(jobs, {key: task.result() for key, task in tasks.items()})


async def race(jobs: Any) -> Any:
    """Give the value of the job that ends first, or raise its error; the others are cancelled."""
    tasks = _tasks(jobs, "Async.race")
    if not tasks:
        raise ValidationError("Async.race needs at least one job")
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        first = next(task for task in tasks.values() if task.done())
    finally:
        await _end(tasks.values())
    return first.result()


async def timeout(job: Any, duration: float | str) -> Any:
    """Give the value of a job, or cancel it after `duration` and raise an error of type `timeout`."""
    milliseconds = _milliseconds(duration, "the time of Async.timeout")
    timer = asyncio.timeout(milliseconds / 1000)
    try:
        async with timer:
            return await run(job)
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise SpellTimeoutError(f"no result after {milliseconds:g} ms") from error


async def with_resource(resource: Any, operation: Callable[[Any], Any]) -> Any:
    """Give `operation(resource)` and close the resource afterwards, whatever happened."""
    held = await run(resource) if callable(resource) or inspect.isawaitable(resource) else resource
    acquire = _method(held, "acquire", "open")
    inside = held
    if acquire is not None:
        given = await run(acquire)
        inside = held if given is None else given
    try:
        return await run(operation, inside)
    finally:
        for one in (held, inside):
            release = _method(one, "release", "aclose", "close")
            if release is not None:
                await run(release)
                break


def _method(owner: Any, *names: str) -> Any:
    if isinstance(owner, dict):
        return next((owner[name] for name in names if callable(owner.get(name))), None)
    return next((found for name in names if callable(found := getattr(owner, name, None))), None)


def _number(value: Any, name: str, least: float) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value >= least:
        raise ValidationError(f"{name} must be a number of at least {least:g}, not {value!r}")
    return float(value)


def _milliseconds(value: Any, name: str) -> float:
    """Give milliseconds for a number of them, or for text with units: `500ms`, `1h30m`."""
    if not isinstance(value, str):
        return _number(value, name, 0)
    if not re.fullmatch(f"(?:{_PART})+", value):
        raise ValidationError(f"{name} must be milliseconds or a text such as '500ms', not {value!r}")
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(_PART, value))


class Patience:
    """The options of `Async.retry`, in any of their spellings."""

    def __init__(self, options: Any, named: Mapping[str, Any]) -> None:
        given = {"attempts": options} if isinstance(options, (int, float)) else dict(options or {})
        found = {snake(str(key)): value for key, value in {**given, **named}.items()}

        def option(*names: str, default: Any) -> Any:
            return next((found[name] for name in names if found.get(name) is not None), default)

        retries = option("retries", "max_retries", default=2)
        self.attempts = int(_number(option("attempts", "max_attempts", default=retries + 1), "attempts", 1))
        self.delay = _milliseconds(option("delay", "delay_ms", "initial_delay", "base_delay", default=0), "delay")
        self.longest = _milliseconds(option("max_delay", default=LONGEST), "max_delay")
        backoff = option("backoff", "backoff_factor", "multiplier", default=2)
        self.factor = backoff if isinstance(backoff, (int, float)) else 2 if backoff == "exponential" else 1
        self.wanted = option("should_retry", "retry_if", default=None)
        self.on_retry = option("on_retry", default=None)


class AsyncFunctions:
    """The functions of `Async` that the engine does itself; waiting is the kernel's."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def table(self) -> dict[str, Any]:
        """Give the functions by name."""
        return {
            "run": run,
            "all": gather_all,
            "race": race,
            "all_settled": all_settled,
            "timeout": timeout,
            "with_timeout": timeout,
            "retry": self.retry,
            "with_retry": self.with_retry,
            "with_resource": with_resource,
            "schedule": self.schedule,
            "yield": lambda: self.sleep(0),
            "yield_for": self.sleep,
            "yield_until": self.yield_until,
        }

    async def sleep(self, duration: float | str) -> None:
        """Wait for some milliseconds, or as long as a text such as `2s` says."""
        await self._bridge.send("Async.sleep", (duration,), {})

    async def retry(self, operation: Any, options: Any = None, **named: Any) -> Any:
        """Call a function, with the number of the attempt if it takes one, until it succeeds."""
        if not callable(operation) or inspect.isawaitable(operation):
            raise ValidationError("Async.retry takes a function: it must be possible to start it again")
        patience = Patience(options, named)
        numbered = _parameters(operation) > 0
        delay = patience.delay
        attempt = 1
        while True:
            try:
                return await run(operation, *((attempt,) if numbered else ()))
            except Exception as error:
                last = attempt >= patience.attempts
                if last or (patience.wanted is not None and not await run(patience.wanted, error, attempt)):
                    raise
                if patience.on_retry is not None:
                    await run(patience.on_retry, error, attempt)
            if delay > 0:
                await self.sleep(delay)
            delay = min(delay * patience.factor, patience.longest)
            attempt += 1

    async def with_retry(self, operation: Any, retries: Any = 2) -> Any:
        """Call a function again when it raises, so many times after the first."""
        return await self.retry(operation, {"retries": retries} if isinstance(retries, int) else retries)

    def schedule(self, duration: float | str, job: Any) -> asyncio.Task[None]:
        """Run a job later, unless the script ends first, and give its task; its failure is logged."""
        milliseconds = _milliseconds(duration, "the time of Async.schedule")

        async def later() -> None:
            await self.sleep(milliseconds)
            try:
                await run(job)
            except Exception as error:  # noqa: BLE001 - nobody waits for it: it is logged
                told = to_wire(error, self._bridge.files, self._bridge.absent)
                data = {"where": told["where"], "type": told["type"]}
                self._bridge.post("Log.error", (f"a scheduled function failed: {told['message']}", data), {})

        return asyncio.create_task(later())

    async def yield_until(self, condition: Callable[[], Any], options: Any = None, **named: Any) -> None:
        """Look at a condition every `interval` (10) until it holds; `timeout` bounds that."""
        given = {snake(str(key)): value for key, value in {**(options or {}), **named}.items()}
        limit = given.get("timeout")

        async def until() -> None:
            while not await run(condition):
                await self.sleep(given.get("interval", LOOK))

        await (until() if limit is None else timeout(until(), limit))


async def all_settled(jobs: Any) -> Any:
    """Give `{status, value}` or `{status, reason}` for each job."""
    tasks = _tasks(jobs, "Async.all_settled")
    try:
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    finally:
        await _end(tasks.values())
    return _shaped(jobs, {key: _settled(task) for key, task in tasks.items()})


def _settled(task: asyncio.Task[Any]) -> Record:
    error = asyncio.CancelledError("cancelled") if task.cancelled() else task.exception()
    if error is not None:
        return Record(status="rejected", reason=error)
    return Record(status="fulfilled", value=task.result())


def _parameters(function: Callable[..., Awaitable[Any]]) -> int:
    """Count the parameters that a function needs."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in found
    )
