"""Real contexts for tests: a whole application in a folder of its own, without the user's configuration."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from llmspell.runtime.context import CallContext
    from llmspell.spec import Component
    from llmspell.spec.context import Clock, Random


@asynccontextmanager
async def open_context(
    *,
    grants: Iterable[str] = (),
    cwd: Path | None = None,
    config: Mapping[str, object] | None = None,
    component: Component | str | None = None,
    plugins: Iterable[str] = (),
    clock: Clock | None = None,
    random: Random | None = None,
) -> AsyncIterator[CallContext]:
    """Open an application and give a context of a run in it; `ctx.app` and `ctx.run` are those.

    `grants` are rules such as `fs.read=.`, beyond what every run is granted; `cwd` is the working folder (a temporary
    one by default); `config` holds the keys of `llmspell.toml`, nested or dotted; `plugins` are modules as
    `-p` takes them; `component` (or `kind:name`) makes the context that component's own, with its config section and
    no more than the rights it declares.
    """
    async with AsyncExitStack() as stack:
        folder = cwd or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmspell-test-")))
        empty = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmspell-test-")))
        app = await stack.enter_async_context(
            App.open(
                config=Config.load(flags=_flat(config or {}), environment={}, working=empty, user_folder=empty),
                grants=Grants.default(cwd=folder).extended(grants, cwd=folder),
                selection=PluginSelection(modules=tuple(plugins)),
                clock=clock,
                random=random,
            )
        )
        run = await stack.enter_async_context(app.run("test", working=folder))
        ctx = run.context()
        if isinstance(component, str):
            kind, _, name = component.partition(":")
            component = app.catalog.get(kind, name)
        yield ctx if component is None else ctx.within(component, component.name)


def _flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Write nested tables as dotted keys."""
    flat: dict[str, object] = {}
    for key, value in config.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
