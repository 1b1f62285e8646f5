"""The context: everything a component may reach besides its arguments.

One object per call. It holds what the component got when it was opened (its config section and the guarded ports)
and what belongs to the call (scope, cancellation, sink, progress). A component imports no service: it takes them
from here, so that grants, the journal and tests stand between it and the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from llmspell.spec.agents import Agents
    from llmspell.spec.files import FileSystem
    from llmspell.spec.http import Http
    from llmspell.spec.models import Models
    from llmspell.spec.network import Network
    from llmspell.spec.process import Processes
    from llmspell.spec.secrets import SecretRef, Secrets
    from llmspell.spec.states import State
    from llmspell.spec.storages import Storage
    from llmspell.spec.timeouts import Timeout

T = TypeVar("T")


class Grants(Protocol):
    """The rights of a scope (DESIGN section 11): deny beats allow, default nothing."""

    def allows(self, right: str, target: str = "*") -> bool:
        """Tell whether `right` holds for this path, host, command or name."""
        ...

    def may(self, right: str) -> bool:
        """Tell whether `right` holds for at least one target."""
        ...

    def require(self, right: str, target: str, *, who: str = "") -> None:
        """Raise `PermissionDeniedError` naming the flag that would grant the right."""
        ...

    async def required(self, right: str, target: str, *, who: str = "") -> None:
        """Require a right as `require` does, after asking the user where somebody can be asked."""
        ...

    def names(self, right: str, target: str) -> bool:
        """Tell whether `right` holds for `target` by a rule that names its host, address or network without a wildcard.

        What reaches private addresses must be named: `net.connect=*` opens the internet, `net.connect=10.0.0.5:8080`
        one machine beside us.
        """
        ...

    def denies(self, right: str, target: str) -> bool:
        """Tell whether a rule denies this target, whatever allows it: a second look at what a name turned out to be."""
        ...

    def denies_below(self, right: str, path: str) -> bool:
        """Tell whether a rule on paths may deny something below a folder: for those who read all of it."""
        ...

    def narrow(self, rules: Iterable[str], *, why: str = "") -> Grants:
        """Keep, of each right the rules name, only their targets; `why` tells who wanted it. Never widens."""
        ...

    def roots(self, right: str) -> tuple[str, ...]:
        """Give the absolute files and folders that rules allow for `fs.read` or `fs.write`.

        Of a pattern, the folder before its first wildcard.
        """
        ...


class Scope(Protocol):
    """Where a call happens: process > run > session > agent. Immutable."""

    @property
    def kind(self) -> str:
        """Name the scope: process, run, session, agent or call."""
        ...

    @property
    def name(self) -> str:
        """Give the name of what the scope belongs to."""
        ...

    @property
    def parent(self) -> Scope | None:
        """Give the scope around this one, None for the process."""
        ...

    @property
    def principal(self) -> str:
        """Tell who the user is; never taken from arguments."""
        ...

    @property
    def grants(self) -> Grants:
        """Give the rights that hold here."""
        ...

    @property
    def run_id(self) -> str:
        """Give the run's identifier."""
        ...

    @property
    def trace_id(self) -> str:
        """Give the trace this scope is part of."""
        ...

    @property
    def deadline(self) -> float | None:
        """Monotonic seconds, or None."""
        ...


class Clock(Protocol):
    """Time that tests and the journal own."""

    def now(self) -> float:
        """Give seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Random(Protocol):
    """Randomness that tests and the journal own."""

    def random(self) -> float:
        """Give a float in `0 <= x < 1`."""
        ...

    def integer(self, low: int, high: int) -> int:
        """Give an integer in `low..high`, both included."""
        ...

    def bytes(self, count: int) -> bytes:
        """Give random bytes."""
        ...


class Regex(Protocol):
    """Regular expressions in linear time (RE2 syntax: no look-around, no back-references)."""

    def compile(self, pattern: str, *, ignore_case: bool = False, multiline: bool = False, dotall: bool = False) -> Any:
        """Return an object with `search, match, fullmatch, findall, finditer, split, sub`.

        A bad pattern is a `ValidationError`.
        """
        ...


class Templates(Protocol):
    """The one template language: a Handlebars subset (`{{x.y}}`, `{{#if}}`, `{{#each}}`, ...)."""

    def render(
        self, template: str, values: Mapping[str, object], *, strict: bool = False, escape_html: bool = False
    ) -> str:
        """Render a template with values; `strict` makes a missing name an error."""
        ...

    def render_value(self, value: object, values: Mapping[str, object]) -> object:
        """Render every string in JSON data; a string that is one `{{x}}` gives the value itself, with its type."""
        ...


class Events(Protocol):
    """Where a component tells what happened."""

    async def emit(self, name: str, data: Mapping[str, object] | None = None) -> None:
        """Tell everybody who listens."""
        ...


class Paths(Protocol):
    """Folders of this installation and run."""

    @property
    def data(self) -> Path:
        """Give the user's data folder."""
        ...

    @property
    def config(self) -> Path:
        """Give the user's configuration folder."""
        ...

    @property
    def cache(self) -> Path:
        """Give the user's cache folder."""
        ...

    @property
    def store(self) -> Path | None:
        """Give `[storage] path`, the file or folder of the store; None when it is for the store to choose."""
        ...

    @property
    def working(self) -> Path:
        """The folder relative paths of a spell start from."""
        ...


class Context(Protocol):
    """What a component receives with each call."""

    @property
    def config(self) -> Any:
        """The component's own config section (an instance of the class it declared), or an empty mapping."""
        ...

    @property
    def scope(self) -> Scope:
        """Give the scope of this call."""
        ...

    @property
    def labels(self) -> Collection[str]:
        """Give what is said of the data that the run has seen: `private`, `untrusted`."""
        ...

    def label(self, *labels: str) -> None:
        """Say of what this call gives that it is `private`, or `untrusted`: text from outside."""
        ...

    @property
    def fs(self) -> FileSystem:
        """Give the guarded file system."""
        ...

    @property
    def http(self) -> Http:
        """Give guarded HTTP."""
        ...

    @property
    def net(self) -> Network:
        """Give a driver the addresses, TLS and secrets that its own client connects with."""
        ...

    @property
    def process(self) -> Processes:
        """Give guarded programs."""
        ...

    @property
    def secrets(self) -> Secrets:
        """Give handles of secrets."""
        ...

    def key(self, ref: SecretRef) -> str:
        """Give a driver (`native=("keys",)`) a secret that it encrypts or signs with itself; nobody else gets one.

        Raises `PermissionDeniedError`, and `AuthenticationError` when the secret has no value.
        """
        ...

    @property
    def storage(self) -> Storage:
        """The run's store, in the component's own namespace."""
        ...

    @property
    def state(self) -> State:
        """The state of the run's session, or of the run when it has none."""
        ...

    def state_of(self, scope: str, owner: str | None = None) -> State:
        """Give the state of a scope of `spec.states.SCOPES`; `owner` names another session, or an agent of the spell.

        Raises `ValidationError` for a scope that is not there, `SessionError` without a session.
        """
        ...

    @property
    def session(self) -> str:
        """Give the id of the session that the run belongs to, empty for none."""
        ...

    @property
    def models(self) -> Models:
        """Give the models that the user configured."""
        ...

    @property
    def agents(self) -> Agents:
        """Give the agents of the run, to be found and asked."""
        ...

    @property
    def paths(self) -> Paths:
        """Give the folders of this run."""
        ...

    @property
    def clock(self) -> Clock:
        """Give the clock."""
        ...

    @property
    def random(self) -> Random:
        """Give a float in `0 <= x < 1`."""
        ...

    @property
    def templates(self) -> Templates:
        """Give the template language."""
        ...

    @property
    def regex(self) -> Regex:
        """Give linear-time regular expressions."""
        ...

    @property
    def events(self) -> Events:
        """Give a way to tell what happened."""
        ...

    @property
    def log(self) -> logging.Logger:
        """Give the component's logger."""
        ...

    @property
    def path(self) -> str:
        """Where in the run this call is: `call/child/...`."""
        ...

    @property
    def cancelled(self) -> bool:
        """Tell whether the call is being cancelled."""
        ...

    @property
    def streaming(self) -> bool:
        """Tell whether somebody looks at the parts of a streamed answer."""
        ...

    def new_id(self) -> str:
        """Give a fresh, time-ordered identifier (UUID version 7)."""
        ...

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell how far long work has come; costs nothing when nobody looks."""
        ...

    async def emit(self, part: object) -> None:
        """Send one part of a streamed answer to the caller's sink, if there is one."""
        ...

    async def call(self, ref: str, input: Mapping[str, object] | None = None, *, step: str | None = None) -> object:  # noqa: A002
        """Run another component (`tool:calculator`) with at most this caller's rights and return its result."""
        ...

    async def gather(self, *jobs: Callable[[], Awaitable[T]], limit: int | None = None) -> list[T]:
        """Run jobs side by side, at most `limit` at once, and keep their order; the first error cancels the rest."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def once(self, name: str, work: Callable[[], Awaitable[T]], *, effect: str = "pure") -> T:
        """Give JSON data that are made once, however often a durable run is taken up; `effect` as of a tool."""
        ...

    def timeout(self, seconds: float | None, name: str = "timeout") -> Timeout:
        """Bound what is within it, which may call others: in a durable run the deadline survives the process."""
        ...

    def child(self, name: str) -> Context:
        """Give a context one step further down the path."""
        ...

    async def blocking(self, function: Callable[..., T], *args: object) -> T:
        """Run a blocking function in a worker thread.

        A thread cannot be stopped: a cancelled call ends when the function does, so give it work in pieces.
        """
        ...

    async def isolate(self, target: str, data: object) -> object:
        """Run `package.module:function` on JSON data in a child process with the limits of a script.

        And return its JSON result.
        """
        ...
