"""The keys of `[providers.local]`."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from attrs import field, frozen, validators

_positive = validators.optional(validators.gt(0))


def _within(most: int) -> Any:
    return validators.and_(validators.ge(1), validators.le(most))


MOST_CONTEXT, MOST_PARALLEL, MOST_THREADS = 1 << 22, 256, 512
"""llama.cpp's own bounds, but for the first, which times the second is all that it can count."""


@frozen(kw_only=True)
class LocalSection:
    """Say where the model files are and how to run them.

    path            a folder with GGUF files, at any depth, or one such file; `~` and relative paths are understood
    model           run when nobody names one: the file's path below the folder; None: the only one there is
    context         tokens of the window, for each of `parallel`; a model that was made for less gets less
    parallel        how many requests a model answers side by side; more wait
    threads         None: as many as llama.cpp likes
    gpu_layers      how many layers a graphics card takes, if the installed build can; None: as many as fit
    template        a chat template (Jinja) instead of the file's own
    pooling         how an embedding is made of a text's tokens; None: as the file says
    loaded          how many models stay in memory; a further one ends the one used longest ago
    timeout         seconds in which a model must load, and how long its process may be silent while somebody waits
    temperature     where a request names none, and `max_tokens`
    retry_attempts  read by the retry hook, like `retry_delay` (seconds)
    """

    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})

    path: str | None = None
    model: str | None = None
    context: int = field(default=8192, validator=_within(MOST_CONTEXT))
    parallel: int = field(default=1, validator=_within(MOST_PARALLEL))
    threads: int | None = field(default=None, validator=validators.optional(_within(MOST_THREADS)))
    gpu_layers: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    template: str | None = None
    pooling: Literal["mean", "cls", "last"] | None = None
    loaded: int = field(default=2, validator=validators.gt(0))
    timeout: float = field(default=300.0, validator=validators.gt(0))
    temperature: float | None = None
    max_tokens: int | None = field(default=None, validator=_positive)
    retry_attempts: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    retry_delay: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
