"""The hook set: its parts, and the ports with budgets around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import ValidationError
from llmspell.model.schema import convert_options
from llmspell.model.schema_keys import snake
from llmspell.model.units import parse_duration, parse_size
from llmspell_resources.accounts import Accounts, held
from llmspell_resources.activity import Activity
from llmspell_resources.limiting import Limiting
from llmspell_resources.monitor import Monitor
from llmspell_resources.ports import MeteredFiles, MeteredHttp, MeteredProcesses
from llmspell_resources.sections import AgentSection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager

    from llmspell.spec import Context, FileSystem, Hook, Http, Processes
    from llmspell_resources.accounts import Account


class Resources:
    """Hold the accounts, the activity log and the monitor of one application."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self._limiting: Limiting | None = None
        self._activity: Activity | None = None
        self._monitor: Monitor | None = None

    def hooks(self, part: str, section: Any) -> Iterable[Hook]:
        """Give the hooks of one part; those of limits come with the first part that has any."""
        if part == "activity":
            self._activity = Activity()
            self._activity.section = section or self._activity.section
            return self._activity.hooks()
        if part == "monitor":
            self._monitor = Monitor()
            self._monitor.section = section or self._monitor.section
            return self._monitor.hooks()
        if section is not None:
            self.accounts.limits[part] = section
        if self._limiting is not None:
            return ()
        self._limiting = Limiting(self.accounts)
        return self._limiting.hooks()

    def check(self, option: str, value: object, bare: str) -> object:
        """Check the option `resources` of an agent; raises `ValidationError` with every fault."""
        if not isinstance(value, Mapping):
            message = f"the option {option!r} is {value!r}, not a table"
            raise ValidationError(message, suggestions=[f"write {option} = {{...}}"])
        plain = {snake(str(key)): one for key, one in value.items()}
        for key in AgentSection.MILLISECONDS:
            if isinstance(plain.get(key), (str, int, float)):
                plain[key] = parse_duration(plain[key], bare=bare)
        for key in AgentSection.SIZES:
            if isinstance(plain.get(key), str):
                plain[key] = parse_size(plain[key])
        try:
            convert_options(AgentSection, plain, who="the agent's resources")
        except ValueError as error:
            message = f"the option {option!r} {error}"
            raise ValidationError(message) from error
        return plain

    def statistics(self) -> Mapping[str, object]:
        """Give accounts, activity and blocks as JSON data."""
        parts = {"activity": self._activity, "monitor": self._monitor}
        found: dict[str, object] = {name: one.statistics() for name, one in parts.items() if one is not None}
        return found if self._limiting is None else {"accounts": self.accounts.shown(), **found}

    # -- ports ---------------------------------------------------------------------------------------------------------

    def http(self, ctx: Context, tool: str, port: Http) -> Http:
        """Give HTTP with the budgets of a component."""
        accounts = self._of(ctx, tool)
        return MeteredHttp(port, accounts) if accounts else port

    def files(self, ctx: Context, tool: str, port: FileSystem) -> FileSystem:
        """Give files with the budgets of a component."""
        accounts = self._of(ctx, tool)
        return MeteredFiles(port, accounts) if accounts else port

    def processes(self, ctx: Context, tool: str, port: Processes) -> Processes:
        """Give programs with the budgets of a component."""
        accounts = self._of(ctx, tool)
        return MeteredProcesses(port, accounts) if accounts else port

    def isolating(self, ctx: Context, tool: str) -> AbstractAsyncContextManager[None]:
        """Hold a place for isolated work of a component."""
        return held(self._of(ctx, tool), "max_processes")

    def isolated_limits(self, tool: str) -> tuple[int | None, float | None]:
        """Give the bytes of memory and seconds of processor time of a tool's isolated work, and of its programs."""
        section: Any = self.accounts.limits.get("tool") if tool else None
        return (None, None) if section is None else (section.max_memory, section.max_cpu_time)

    def _of(self, ctx: Context, tool: str) -> list[Account]:
        return self.accounts.of(ctx.scope, tool)
