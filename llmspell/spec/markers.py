"""The two markers a plugin uses: `hookspec` for the contract, `hookimpl` for an answer to it.

Both are pluggy's. `hookimpl` adds our own options in a second attribute, because pluggy rejects options it does not
know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = "llmspell"
OPTIONS_ATTRIBUTE = "llmspell_options"
DEFAULT_PRIORITY = 500

F = TypeVar("F", bound="Callable[..., object]")

hookspec = HookspecMarker(PROJECT)
_mark = HookimplMarker(PROJECT)


class HookOptions(NamedTuple):
    """Say how one hook implementation is ordered and bounded.

    `priority` 0-1000, higher runs further out; `band` names a layer of `kernel.bands` (process and run scopes only);
    `timeout` is in seconds; `when(call)` is asked before each run; `after` names hooks that must be further out;
    `conflicts` names hooks that may not be present; `name` identifies the hook in statistics and dependencies.
    """

    priority: int = DEFAULT_PRIORITY
    band: str = "user"
    timeout: float | None = None
    when: Callable[[object], bool] | None = None
    after: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    name: str | None = None


@overload
def hookimpl(function: F) -> F: ...
@overload
def hookimpl(
    *,
    priority: int = ...,
    band: str = ...,
    timeout: float | None = ...,
    when: Callable[[object], bool] | None = ...,
    after: tuple[str, ...] = ...,
    conflicts: tuple[str, ...] = ...,
    name: str | None = ...,
    optionalhook: bool = ...,
) -> Callable[[F], F]: ...
def hookimpl(
    function: F | None = None,
    *,
    priority: int = DEFAULT_PRIORITY,
    band: str = "user",
    timeout: float | None = None,
    when: Callable[[object], bool] | None = None,
    after: tuple[str, ...] = (),
    conflicts: tuple[str, ...] = (),
    name: str | None = None,
    optionalhook: bool = False,
) -> F | Callable[[F], F]:
    """Mark a function `llmspell_<point>` as an implementation of that hook point.

    `optionalhook` lets a plugin implement a point that an older kernel does not know. See `HookOptions` for the rest.
    """
    options = HookOptions(priority, band, timeout, when, tuple(after), tuple(conflicts), name)

    def mark(target: F) -> F:
        setattr(target, OPTIONS_ATTRIBUTE, options)
        return _mark(target, optionalhook=optionalhook)

    return mark if function is None else mark(function)
