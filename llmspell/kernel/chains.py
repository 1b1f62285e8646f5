"""Run the hooks of one layer: ask them in order, understand their verdicts, hold them to one deadline.

Most hooks return at once, and a timer costs more than five of them. So a coroutine is first advanced by hand; only
one that really suspends is put under the chain's deadline, which counts from the first suspension.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from types import CoroutineType
from typing import TYPE_CHECKING, NoReturn

from llmspell.errors import HookError, HookFailedError, HookTimeoutError, LlmspellError, RefusedError
from llmspell.model.call import Call
from llmspell.model.decision import Answer, Proceed, Refuse, Retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator
    from typing import Any

    from llmspell.kernel.hooks import Registration

    Step = Callable[[Call], Awaitable[object]]


def _untold(_: str) -> None:
    """Take no note of who decided."""


async def decide(
    hooks: tuple[Registration, ...], call: Call, ctx: object, tell: Callable[[str], None] = _untold
) -> tuple[Call, Answer | None]:
    """Ask `before` hooks in order; the first `Answer` or `Refuse` ends the chain.

    Returns the call as the hooks left it, and tells the names of those that had an opinion. Raises `RefusedError`,
    `HookFailedError`, `HookTimeoutError`, or `HookError` for a verdict that is none.
    """
    chain = None  # most hooks never wait
    for hook in hooks:
        # `_ask`, written out: its frame would cost five hooks a quarter more (tests/bench/benches/hooks.py).
        if hook.when is not None and not _wanted(hook, call):
            continue
        at = perf_counter()
        hook.calls += 1
        try:
            verdict = hook.adapted(call, None, ctx)
            if verdict is not None and (type(verdict) is CoroutineType or hasattr(type(verdict), "__await__")):
                verdict = begun(verdict)
                if type(verdict) is _Rest:
                    chain = chain or Chain(hooks)
                    verdict = await chain.finish(hook, verdict)
        except Exception as error:
            raise failure(hook, error) from error
        hook.seconds += perf_counter() - at
        if verdict is None:
            continue
        tell(hook.name)
        if isinstance(verdict, Proceed):
            call = same_operation(hook, call, verdict.call)
        elif isinstance(verdict, Answer):
            return call, verdict
        elif isinstance(verdict, Refuse):
            message = f"{call.operation} of {call.subject!r} was refused by {hook.name}: {verdict.reason}"
            raise RefusedError(message, context={"hook": hook.name, "reason": verdict.reason})
        else:
            wrong(hook, verdict, "None, Proceed, Answer or Refuse")
    return call, None


async def transform(hooks: tuple[Registration, ...], call: Call, result: object, ctx: object) -> object:
    """Ask `after` hooks in order and return the result as they left it."""
    chain = Chain(hooks)
    for hook in hooks:
        verdict = await _ask(chain, hook, call, result, ctx)
        if isinstance(verdict, Answer):
            result = verdict.result
        elif verdict is not None:
            wrong(hook, verdict, "None or Answer")
    return result


async def recover(hooks: tuple[Registration, ...], call: Call, error: Exception, ctx: object) -> Answer | Retry | None:
    """Ask error hooks in order; the first verdict counts."""
    chain = Chain(hooks)
    for hook in hooks:
        verdict = await _ask(chain, hook, call, error, ctx)
        if isinstance(verdict, (Answer, Retry)):
            return verdict
        if verdict is not None:
            wrong(hook, verdict, "None, Answer or Retry")
    return None


async def surround(
    hooks: tuple[Registration, ...],
    index: int,
    call: Call,
    ctx: object,
    following: Step,
    *,
    told: list[Exception] | None = None,
) -> object:
    """Run `around` hooks from `index` on around what follows.

    What `proceed` raised, and coded errors, pass as they are; anything else is the hook's own: `HookFailedError`.
    `told` is where the hook around this one learns what `proceed` raised: one frame for each hook, not two, since
    every suspension inside goes through all of them.
    """
    while index < len(hooks) and hooks[index].when is not None and not _wanted(hooks[index], call):
        index += 1
    if index == len(hooks):
        try:
            return await following(call)
        except Exception as error:
            if told is not None:
                told.append(error)
            raise
    hook = hooks[index]
    passed: list[Exception] = []

    def proceed(changed: Call) -> Awaitable[object]:
        return surround(hooks, index + 1, same_operation(hook, call, changed), ctx, following, told=passed)

    hook.calls += 1
    try:
        result = hook.adapted(call, proceed, ctx)
        return await result if hasattr(type(result), "__await__") else result  # type: ignore[misc]  # checked in the same line
    except LlmspellError:
        raise
    except Exception as error:
        if any(error is one for one in passed):
            if told is not None:
                told.append(error)
            raise
        raise failure(hook, error) from error
    finally:
        passed.clear()  # an error holds its frames, and they hold this list


async def _ask(chain: Chain, hook: Registration, call: Call, about: object, ctx: object) -> object:
    if hook.when is not None and not _wanted(hook, call):
        return None
    at = perf_counter()
    hook.calls += 1
    try:
        verdict = hook.adapted(call, about, ctx)
        if verdict is not None and hasattr(type(verdict), "__await__"):
            verdict = begun(verdict)
            if type(verdict) is _Rest:
                verdict = await chain.finish(hook, verdict)
    except Exception as error:
        raise failure(hook, error) from error
    hook.seconds += perf_counter() - at
    return verdict


def _wanted(hook: Registration, call: Call) -> bool:
    """Ask a hook's condition; one that fails fails the operation, like the hook itself."""
    try:
        return hook.when is None or bool(hook.when(call))
    except Exception as error:
        raise failure(hook, error) from error


class Chain:
    """Hold the hooks of one chain to one deadline, set by the first of them that suspends."""

    __slots__ = ("deadline", "hooks")

    def __init__(self, hooks: tuple[Registration, ...]) -> None:
        self.hooks = hooks
        self.deadline: float | None = None

    async def finish(self, hook: Registration, rest: _Rest) -> object:
        """Await what is left of a hook, within its own deadline and that of the chain."""
        now = asyncio.get_running_loop().time()
        if self.deadline is None:
            self.deadline = now + hook.root.timeout
        own = None if hook.options.timeout is None else now + hook.options.timeout
        until = self.deadline if own is None else min(own, self.deadline)
        timer = asyncio.timeout_at(until)
        try:
            async with timer:
                return await rest
        except TimeoutError as error:
            if not timer.expired():
                raise
            if until is own:
                message = f"{hook!r} took longer than {hook.options.timeout} s"
            else:
                names = ", ".join(each.name for each in self.hooks)
                message = f"the hooks {names} together took longer than {hook.root.timeout} s"
            raise HookTimeoutError(message, context={"hook": hook.name}) from error


def begun(awaitable: Any) -> object:
    """Advance by hand what a hook returned: give its value, or a `_Rest` when it waits for something."""
    coroutine = awaitable if type(awaitable) is CoroutineType else _awaited(awaitable)
    try:
        waited = coroutine.send(None)
    except StopIteration as done:
        return done.value
    return _Rest(coroutine, waited)


async def _awaited(awaitable: Awaitable[object]) -> object:
    return await awaitable


class _Rest:
    """Await the rest of a coroutine that was advanced to its first suspension by hand (PEP 342, PEP 492)."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, object], first: object) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[object, Any, object]:
        waited = self._first
        try:
            while True:
                try:
                    sent = yield waited
                except GeneratorExit:
                    self._coroutine.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - it belongs to the coroutine, cancellation too
                    waited = self._coroutine.throw(error)
                else:
                    waited = self._coroutine.send(sent)
        except StopIteration as done:
            return done.value


def failure(hook: Registration, error: Exception) -> LlmspellError:
    """Count a failure and say whose it was.

    Coded errors pass as they are, so that a hook may raise `RefusedError` itself.
    """
    hook.failures += 1
    if isinstance(error, LlmspellError):
        return error
    message = f"{hook!r} failed: {type(error).__name__}: {error}"
    return HookFailedError(
        message, suggestions=[f"mend the hook at {hook.point.name} of {hook.owner}"], context={"hook": hook.name}
    )


def same_operation(hook: Registration, old: Call, new: object) -> Call:
    """Check that a hook goes on with a call of the same operation."""
    if not isinstance(new, Call) or new.operation != old.operation:
        wrong(hook, new, f"a Call of {old.operation}")
    return new


def wrong(hook: Registration, value: object, wanted: str) -> NoReturn:
    """Refuse a verdict that is none."""
    hook.failures += 1
    message = f"{hook!r} returned {type(value).__name__}, wanted {wanted}"
    raise HookError(message, context={"hook": hook.name})
