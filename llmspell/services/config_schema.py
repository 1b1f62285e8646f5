"""The kernel's own sections: keys, defaults and meaning. Sections of components lie with their components.

A key is here when something reads it. One that once switched a protection off may only say what is true.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from attrs import Factory, field, frozen

from llmspell.errors import ConfigError
from llmspell.kernel.plugin_rules import read_rules
from llmspell.kernel.selection import EVERYTHING
from llmspell.model.doc import Doc
from llmspell.services.permission_holding import READING
from llmspell.services.permissions import Grants
from llmspell.services.process_limits import LEAST_MEMORY, ProgramLimits, unkept

if TYPE_CHECKING:
    from attrs import Attribute


class Always:
    """Accept one value only, and say why."""

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        self.reason = reason

    def __call__(self, _section: Any, _key: Attribute[Any], value: object) -> None:
        """Raise `ValueError` for any other value."""
        if value != self.value:
            raise ValueError(f"cannot be {value!r}: {self.reason}")


class Without:
    """Refuse one member of a list, and say why."""

    def __init__(self, member: str, reason: str) -> None:
        self.member = member
        self.reason = reason

    def __call__(self, _section: Any, _key: Attribute[Any], value: tuple[str, ...]) -> None:
        """Raise `ValueError` when it is there."""
        if self.member in value:
            raise ValueError(f"cannot hold {self.member!r}: {self.reason}")


def _rules(_section: Any, _key: Attribute[Any], value: tuple[str, ...]) -> None:
    """Refuse what `Grants.parse` refuses, so that a wrong rule is found with all other faults."""
    try:
        Grants.parse(value)
    except ConfigError as error:
        raise ValueError("; ".join((error.message, *error.suggestions))) from error


def _places(_section: Any, _key: Attribute[Any], value: tuple[str, ...] | None) -> None:
    """Refuse what is no rule, and rights by which nothing is read."""
    if value is None:
        return
    _rules(_section, _key, value)
    if odd := [rule for rule in value if rule.partition("=")[0] not in READING]:
        raise ValueError(f"cannot hold {', '.join(odd)}: data come in by {', '.join(sorted(READING))}")


@frozen(kw_only=True)
class Scripting:
    """How spells run."""

    MILLISECONDS: ClassVar = ("max_execution_time", "max_cpu_time")
    SIZES: ClassVar = ("max_memory_usage", "max_output_size")

    engines: Annotated[tuple[str, ...], Doc("Engines that may be used; empty means every installed one.")] = ()
    isolation: Annotated[
        Literal["process", "inline"], Doc("Run spells in a child process, or trusted ones within this process.")
    ] = "process"
    trusted_paths: Annotated[
        tuple[Path, ...],
        Doc("Folders from which alone trusted code, a spell in Python, is loaded; without any, what a command names."),
    ] = ()
    sandbox_enabled: Annotated[bool, Doc("Always true.")] = field(
        default=True,
        validator=Always(True, "a spell always runs in a sandbox; say `--isolation inline` for one that you trust"),  # noqa: FBT003
    )
    max_execution_time: Annotated[
        float | None, Doc("Wall-clock limit of one spell; without it only CPU time is limited.", minimum=0.001)
    ] = None
    max_cpu_time: Annotated[float, Doc("CPU limit of one spell.", minimum=0.001)] = 60.0
    max_memory_usage: Annotated[int, Doc("Memory limit of one spell.", minimum=1 << 20)] = 512 << 20
    max_output_size: Annotated[int, Doc("How much one spell may print.", minimum=1)] = 10 << 20


@frozen(kw_only=True)
class Providers:
    """Which model answers when nobody says so."""

    default: Annotated[str | None, Doc("Provider; without it the first one that has a key or an address.")] = None


@frozen(kw_only=True)
class Storage:
    """Where `Storage` of a spell lies, and how its values are kept."""

    MILLISECONDS: ClassVar = ("ttl",)
    SIZES: ClassVar[frozenset[str]] = frozenset({"max_bytes"})

    backend: Annotated[str | None, Doc("Store; without it the best installed one.")] = None
    path: Annotated[Path | None, Doc("File or folder of the store; without it the user's data folder.")] = None
    compression_enabled: Annotated[
        bool, Doc("Compress values that are written; every value is read as it was written.")
    ] = False
    ttl: Annotated[float | None, Doc("How long a value stays that is written; without it for ever.", minimum=0.001)] = (
        None
    )
    max_keys: Annotated[
        int, Doc("Keys that one namespace or one scope of the state may have; 0 is any.", minimum=0)
    ] = 0
    max_bytes: Annotated[
        int, Doc("Bytes of keys and values that it may have, with histories; 0 is any.", minimum=0)
    ] = 0


@frozen(kw_only=True)
class Journal:
    """What is kept of runs, so that they survive a crash."""

    durable: Annotated[bool, Doc("Keep every run, as `run --durable` does.")] = False
    sync: Annotated[
        Literal["sync", "async", "exit"],
        Doc(
            "What a run waits for: a record on the disk, which survives a power cut; one that the system has, which "
            "survives the end of the process; or nothing until the run ends."
        ),
    ] = "sync"


@frozen(kw_only=True)
class State:
    """What `State` of a spell keeps, and how much of it in memory."""

    SIZES: ClassVar = ("memory",)
    MILLISECONDS: ClassVar = ("backup_interval",)

    history: Annotated[
        int,
        Doc(
            "Versions kept of each key, the newest among them; 0 keeps none. Fewer than before forgets some at once.",
            minimum=0,
            maximum=1000,
        ),
    ] = 10
    memory: Annotated[
        int, Doc("Values held in memory: beyond it cold ones are compressed, then let go.", minimum=1 << 16)
    ] = 16 << 20
    backup_interval: Annotated[
        float | None,
        Doc("How often the store is backed up while something uses it; never without it.", minimum=1),
    ] = None
    backup_keep: Annotated[int, Doc("Backups that are kept, the newest.", minimum=1)] = 7
    backup_path: Annotated[
        Path | None, Doc("Folder of the backups; without it `backups` beside the store, or in the user's data folder.")
    ] = None


@frozen(kw_only=True)
class Hooks:
    """How hooks are bounded."""

    MILLISECONDS: ClassVar = ("execution_timeout",)

    enabled: Annotated[bool, Doc("Always true.")] = field(
        default=True,
        validator=Always(True, "policies are hooks; block a plugin by name with `[plugins] block` instead"),  # noqa: FBT003
    )
    execution_timeout: Annotated[float, Doc("Deadline of all hooks at one point together.", minimum=0.001)] = 30.0
    error_handling: Annotated[str, Doc("Always stop: a hook that fails fails the operation.")] = field(
        default="stop", validator=Always("stop", "a hook that guards an operation and fails must fail the operation")
    )


@frozen(kw_only=True)
class Events:
    """What the event bus keeps."""

    MILLISECONDS: ClassVar = ("patience",)

    buffer_size: Annotated[int, Doc("Events kept for replay.", minimum=1, maximum=1_000_000)] = 1000
    keep: Annotated[tuple[str, ...], Doc("Patterns of events to keep though nobody listens.")] = ()
    patience: Annotated[float, Doc("How long an emission waits for a slow subscriber.", minimum=0)] = 30.0


@frozen(kw_only=True)
class Permissions:
    """What spells may do, beyond what the command line grants; deny beats allow."""

    allow: Annotated[tuple[str, ...], Doc('Rules such as "fs.read=./data", "net.connect=api.example.com:443".')] = (
        field(default=(), validator=_rules)
    )
    deny: Annotated[tuple[str, ...], Doc('Rules such as "fs.read=./data/secret".')] = field(
        default=(), validator=_rules
    )
    prompt: Annotated[bool, Doc("Ask at a terminal for rights that are missing.")] = True
    labels: Annotated[
        Literal["approve", "refuse", "off"],
        Doc("What becomes of a model's outward call once a run has read private data and text from outside."),
    ] = "approve"
    private: Annotated[
        tuple[str, ...] | None,
        Doc('Places whose data are private: "fs.read=./customers", "state.read=*"; without it where keys are kept.'),
    ] = field(default=None, validator=_places)


def _plugins(_section: Any, _key: Attribute[Any], value: tuple[str, ...] | None) -> None:
    """Refuse what names no plugin."""
    read_rules(one for one in value or () if one != EVERYTHING or _key.name != "block")


@frozen(kw_only=True)
class Plugins:
    """Which plugins may be loaded."""

    allow: Annotated[
        tuple[str, ...] | None,
        Doc('Load these and no other, such as "acme==1.2@sha256:..."; without it all that is installed.'),
    ] = field(default=None, validator=_plugins)
    block: Annotated[tuple[str, ...], Doc("Plugins or distributions never to load.")] = field(
        default=(), validator=_plugins
    )
    paths: Annotated[tuple[str, ...], Doc("Folders with plugins of your own.")] = ()
    trial: Annotated[
        bool, Doc("Load an installed plugin in a child once before the command line trusts it not to hang.")
    ] = True


def _kept(_section: Any, key: Attribute[Any], value: Any) -> None:
    """Refuse a limit that this system does not keep."""
    limits = ProgramLimits(memory=value) if key.name == "max_memory" else ProgramLimits(cpu=value)
    if (why := unkept(limits)) is not None:
        raise ValueError(f"cannot be kept here: {why}")


@frozen(kw_only=True)
class Processes:
    """What programs that are granted may be given, and what each process of them may take."""

    SIZES: ClassVar = ("max_memory",)
    MILLISECONDS: ClassVar = ("max_cpu_time",)

    grammars: Annotated[
        tuple[Path, ...], Doc("Grammars of your own: TOML files, each called after its program (`make.toml`).")
    ] = ()
    max_memory: Annotated[int | None, Doc("Memory of each process; on Linux only.", minimum=LEAST_MEMORY)] = field(
        default=None, validator=_kept
    )
    max_cpu_time: Annotated[float | None, Doc("Processor time of each process; not on Windows.", minimum=1)] = field(
        default=None, validator=_kept
    )


@frozen(kw_only=True)
class Secrets:
    """Where `llmspell keys set` keeps secrets; each store has a section of its own below this one."""

    store: Annotated[
        str | None, Doc("The store to write to and to look into first; without it the one that prefers itself most.")
    ] = None


@frozen(kw_only=True)
class Security:
    """Rules for whatever listens to the network."""

    allowed_origins: Annotated[tuple[str, ...], Doc("Origins whose pages may call; empty means none.")] = field(
        default=(), validator=Without("*", "that lets every page a browser opens act in your name; list the origins")
    )


@frozen(kw_only=True)
class Logging:
    """What is logged, and where to."""

    level: Annotated[Literal["trace", "debug", "info", "warn", "error"], Doc("Lowest level that is shown.")] = "warn"
    format: Annotated[Literal["text", "json"], Doc("Lines for people, or one JSON document each.")] = "text"
    output: Annotated[Literal["stderr", "file"], Doc("Standard output is for data.")] = "stderr"
    file_path: Annotated[Path | None, Doc('Log file, for output = "file".')] = None


def _file(_section: Any, _key: Attribute[Any], value: Path | None) -> None:
    """Refuse a name that means standard output elsewhere."""
    if value == Path("-"):
        raise ValueError("cannot be '-': standard output is for data; name a file, or /dev/stderr")


@frozen(kw_only=True)
class Transcript:
    """What calls of models send and receive, written to a file as one JSON document for each attempt.

    The other keys say which runs are taken out of it whenever an application begins to write to it.
    """

    SIZES: ClassVar = ("size",)
    MILLISECONDS: ClassVar = ("unused", "age")

    file_path: Annotated[
        Path | None, Doc("The file, to whose end entries are added; without it nothing is written.")
    ] = field(default=None, validator=_file)
    unused: Annotated[float | None, Doc("Runs of which nothing was written for so long.", minimum=0)] = None
    age: Annotated[float | None, Doc("Runs that began so long ago.", minimum=0)] = None
    keep: Annotated[int | None, Doc("All runs but so many, the last ones.", minimum=0)] = None
    size: Annotated[int | None, Doc("The oldest runs, when the file is larger.", minimum=0)] = None


@frozen(kw_only=True)
class System:
    """Switches."""

    feature_flags: Annotated[dict[str, bool], Doc("Features that are switched on or off by name.")] = Factory(dict)


@frozen(kw_only=True)
class Development:
    """For those who change llmspell."""

    debug_enabled: Annotated[bool, Doc("Show Python tracebacks.")] = False


SECTIONS: dict[str, type] = {
    "scripting": Scripting,
    "providers": Providers,
    "journal": Journal,
    "state": State,
    "storage": Storage,
    "hooks": Hooks,
    "events": Events,
    "permissions": Permissions,
    "plugins": Plugins,
    "processes": Processes,
    "secrets": Secrets,
    "security": Security,
    "observability.logging": Logging,
    "observability.transcript": Transcript,
    "system": System,
    "development": Development,
}
