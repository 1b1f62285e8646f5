"""One call of the API, as a script holds it: to be awaited, iterated over, entered, or used as a decorator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.decorators import decorate, with_function
from llmspell_engine_python.place import caller
from llmspell_engine_python.values import Formed

if TYPE_CHECKING:
    import asyncio

    from llmspell_engine_python.bridge import Bridge


GETTER = ".@get"
"""The end of an operation that fetches a value of a namespace: `Tools.calculator`."""


class UnresolvedError(Exception):
    """Say that an argument is a call whose answer has not come."""

    def __init__(self, call: Call) -> None:
        super().__init__("an argument has not been awaited")
        self.call = call


class Call(Formed, Coroutine[Any, Any, Any]):
    """A call that begins when it is first awaited; awaited again, it gives the same value.

    As an argument of another call it stands for its value, and a method of the object it will give can be called on it:
    `await Tools.calculator.execute(expression="1 + 1")`.
    """

    __slots__ = (
        "_args",
        "_bridge",
        "_entered",
        "_function",
        "_future",
        "_made",
        "_op",
        "_options",
        "_started",
        "_steps",
    )

    def __init__(self, bridge: Bridge, op: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._made = caller()
        self._bridge = bridge
        self._op = op
        self._args, self._options = (
            with_function(bridge.places.get(op, ""), args, options) if options else (args, options)
        )
        self._future: asyncio.Future[Any] | None = None
        self._started = False
        self._function: Callable[..., Any] | None = None
        self._steps: Generator[Any, Any, Any] | None = None
        self._entered: Any = None

    @property
    def shown(self) -> str:
        """Give what the script wrote: `Agent.new`, and `Tools.calculator` for a value that is fetched by its name."""
        return f"{self._op.removesuffix(GETTER)}.{self._args[0]}" if self._op.endswith(GETTER) else self._op

    def start(self) -> asyncio.Future[Any]:
        """Send the call, if it has not been sent, and give its answer to come."""
        if self._future is None:
            self._started = True  # also when what it was given cannot cross
            self._future = self._begin()
        return self._future

    def _begin(self) -> asyncio.Future[Any]:
        try:
            return self._bridge.send(self._op, self._args, self._options, self._made)
        except UnresolvedError as wait:
            return self._bridge.loop.create_task(self._after(wait.call))

    async def _after(self, first: Call) -> Any:
        waiting = first
        while True:
            await waiting
            try:
                answer = self._bridge.send(self._op, self._args, self._options, self._made)
            except UnresolvedError as wait:
                waiting = wait.call
            else:
                return await answer

    # -- awaiting ------------------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.start().__await__()

    def send(self, value: Any) -> Any:
        """Go on, as a coroutine does."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise where it waits, as a coroutine does."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self) -> None:
        """Wait no more, as a coroutine does."""
        if self._steps is not None:
            self._steps.close()

    # -- streams and resources -----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Any:
        found = await self
        if not hasattr(type(found), "__aenter__"):
            raise TypeError(f"{self.shown} gives no resource that `async with` could close")
        self._entered = found
        return await found.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._entered.__aexit__(*error)

    async def __aiter__(self) -> AsyncIterator[Any]:
        found = await self
        if not hasattr(type(found), "__aiter__"):
            raise TypeError(f"{self.shown} gives no stream that `async for` could read")
        async with found:
            async for item in found:
                yield item

    # -- standing for its value ----------------------------------------------------------------------------------------

    @property
    def form(self) -> dict[str, Any]:  # type: ignore[override]  # computed here, stored elsewhere
        """Give the form of the object it gave; raises `UnresolvedError` until it has come."""
        if self._future is None or not self._future.done():
            raise UnresolvedError(self)
        found = self._future.result()
        if not isinstance(found, Formed):
            raise TypeError(f"{self.shown} gave {found!r}: await it before passing it on")
        return found.form

    def __getattr__(self, name: str) -> Callable[..., Chained]:
        if name.startswith("_"):
            raise AttributeError(name)
        if not self._bridge.is_method(name):
            raise AttributeError(f"{self.shown} gives its value when it is awaited: write (await ...).{name}")

        def chained(*args: Any, **options: Any) -> Chained:
            return Chained(self, name, args, options)

        return chained

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Decorate a function: register it now, and give it back (a tool becomes what agents take as a tool)."""
        if self._function is not None:
            return self._function(*args, **options)
        function = args[0] if len(args) == 1 and not options else None
        if self._future is not None or not callable(function):
            raise TypeError(f"{self.shown} was called already: await what it gave")
        place = self._bridge.places.get(self._op, "")
        self._args, self._options, is_tool = decorate(self._op, place, self._args, self._options, function)
        self.start().add_done_callback(self._bridge.must_succeed)
        if not is_tool:
            return function
        self._function = function
        return self

    def __del__(self) -> None:
        if not self._started:
            self._bridge.never_awaited(self.shown, self._made)

    def __repr__(self) -> str:
        return f"<call of {self.shown}, not awaited>" if self._future is None else f"<call of {self.shown}>"


class Chained(Call):
    """A method of what another call will give: a call like any other."""

    __slots__ = ("_first", "_given", "_name")

    def __init__(self, first: Call, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        made = first.shown if first._op.endswith(GETTER) else f"{first.shown}(...)"  # noqa: SLF001 - one class in two parts
        super().__init__(first._bridge, f"{made}.{name}", (), {})  # noqa: SLF001 - as above
        first._started = True  # noqa: SLF001 - as above: where this one is dropped, one warning does for both
        self._first = first
        self._name = name
        self._given = args, options

    def _begin(self) -> asyncio.Future[Any]:
        return self._bridge.loop.create_task(self._follow())

    async def _follow(self) -> Any:
        args, options = self._given
        call = getattr(await self._first, self._name)(*args, **options)
        if isinstance(call, Call):
            call._made = self._made  # noqa: SLF001 - the script made it where it named the method
        return await call
