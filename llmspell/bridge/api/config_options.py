"""What a spell may change of its own settings: less than it has, never more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_LIST, NO_MAP, Options

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.definition import Duration

IN_FILE = "it decides whom the application talks to: set it in llmspell.toml"
BEFORE = "it is fixed when the spell starts: set it below `[scripting]` in llmspell.toml"


class ProviderOptions(Options):
    """What agents of this provider are made with, where they say nothing themselves."""

    absent = dict.fromkeys(("api_key", "api_key_env", "base_url", "organization", "proxy", "headers"), IN_FILE)

    model: Annotated[str | None, "model"] = None
    default_model: Annotated[str | None, "the same as `model`"] = None
    temperature: Annotated[float | None, "randomness of the model"] = None
    top_p: Annotated[float | None, "share of likely tokens to choose from"] = None
    max_tokens: Annotated[int | None, "longest answer"] = None
    extra: Annotated[dict[str, object], "fields passed to the provider as they are"] = NO_MAP


class SecurityOptions(Options):
    """Rights to keep, as on the command line: `fs.read=./data`, `net.connect=*.example.com:443`."""

    grants: Annotated[list[str], "what of each named right to keep; rights that are not named stay"] = NO_LIST
    deny: Annotated[list[str], "targets to give up"] = NO_LIST


class ResourceLimits(Options):
    """Limits to lower."""

    absent = dict.fromkeys(("max_memory", "max_cpu_time", "max_output"), BEFORE)

    max_execution_time: Annotated[Duration | None, "time that the spell may still take, from its start"] = None
    max_concurrent_operations: Annotated[int | None, "calls that may be outstanding"] = None


class ObservabilityOptions(Options):
    """What is noted of the spell."""

    level: Annotated[
        Literal["trace", "debug", "info", "warn", "error"] | None, "notes of the spell below it go nowhere"
    ] = None
