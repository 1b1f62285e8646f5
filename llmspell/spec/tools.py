"""Tools: functions that a spell or a model calls with JSON arguments.

A tool's target is a class with `async run(self, args, ctx)` or a plain typed function. The arguments' JSON Schema is
derived from the type of `args` (an attrs class) or from the function's parameters; a parameter named `ctx` receives
the context.

    @frozen(kw_only=True)
    class SquareArgs:
        value: Annotated[float, Doc("Number to square.")]

    class Square:
        examples = (Example("small", {"value": 3}, 9.0),)

        async def run(self, args: SquareArgs, ctx: Context) -> float:
            return args.value ** 2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from llmspell.model.doc import Doc
from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.spec.context import Context
__all__ = ["Doc", "Example", "Tool", "ToolOutput", "llmspell_tools", "tool"]


class Example(NamedTuple):
    """Show one call of a tool; it is documentation and a test.

    `result` is compared with the tool's result when it is not None; a mapping is compared key by key, so it may name
    only the keys that matter. `files` are written (path -> text) below the working folder first, `grants` are rights
    such as `fs.read=.`.
    """

    name: str
    args: Mapping[str, object]
    result: object = None
    files: Mapping[str, str] | None = None
    grants: tuple[str, ...] = ()


class Tool(Protocol):
    """Do one thing for a spell or a model.

    Optional class attributes: `examples` (a tuple of `Example`), `Options` (an attrs class; then the constructor
    takes one, and scripts build variants with `CalculatorTool.new{...}`), and the methods `async open(ctx)` and
    `async aclose()`.
    """

    async def run(self, args: Any, ctx: Context) -> object:
        """Return JSON data, or a `ToolOutput` when there are artifacts or metadata.

        Raise a `ToolError` when the work cannot be done.
        """
        ...


class ToolOutput(NamedTuple):
    """Return a result together with artifacts (name, media type, data or path each) and metadata."""

    result: object
    artifacts: tuple[Mapping[str, object], ...] = ()
    metadata: Mapping[str, object] = {}


def tool(
    name: str,
    target: str,
    summary: str,
    *,
    category: str,
    needs: Iterable[str] = (),
    optional_needs: Iterable[str] = (),
    effect: str = "once",
    capabilities: Iterable[str] = (),
    aliases: Iterable[str] = (),
    serial: bool = False,
    untrusted: bool = False,
    private: bool = False,
    risk: str | None = None,
    approval: bool = False,
    **more: Any,
) -> Component:
    """Describe a tool.

    `optional_needs` are rights that only some calls use (to hash a file, not a text): the tool runs without them.
    `serial` tools do not run beside other calls of the same turn; `untrusted` marks results that hold text from
    outside (those of tools that connect or run programs are it anyway), `private` those that must not leave unseen;
    `risk` is read, write, outward or execute, where the rights do not tell; `approval` has a person decide about each
    call that a model makes.
    """
    extra: dict[str, object] = {"serial": serial, "untrusted": untrusted, "optional_needs": tuple(optional_needs)}
    extra |= {"private": True} if private else {}
    extra |= {"risk": risk} if risk else {}
    return Component(
        "tool",
        name,
        target,
        summary,
        category=category,
        needs=needs,
        effect=effect,
        capabilities=capabilities,
        aliases=aliases,
        extra={**extra, "approval": True} if approval else extra,
        **more,
    )


@hookspec
def llmspell_tools() -> list[Component]:
    """Return the tools this plugin provides, made with `tool()`.

    Called once, when tools are first asked for. Must not do I/O or import what the tools need: name it in `target`.
    Anyone may implement it.
    """
    return []
