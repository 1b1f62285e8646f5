"""The keys of `[providers.anthropic]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.spec.endpoints import check_web_address
from llmspell.spec.secrets import SecretRef

DEFAULT_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"

_positive = validators.optional(validators.gt(0))
_not_negative = validators.optional(validators.ge(0))


@frozen(kw_only=True)
class AnthropicSection:
    """Say where the models are and how to ask them.

    api_key             a handle, `${NAME}` in the file; or `api_key_env` (a variable) or `api_key_file` (a path)
    base_url            without `/v1/messages`; ANTHROPIC_BASE_URL when the file says nothing
    networks            private networks (10.0.0.0/8) in which the host lies, where its name does not show it
    version             sent as anthropic-version; `betas` as anthropic-beta; `headers` are sent besides
    model               asked when nobody names one
    timeout             seconds for a whole answer, or for one silence of a streamed one
    max_tokens          of an answer where a request names none; None: by model
    temperature         0 to 1, where a request names none
    prompt_cache        let instructions, tools and conversation be cached for that long
    structured          how answers by a schema are asked for: `native`, `tool` (a forced call), or by model and schema
    retry_attempts      read by the retry hook, like `retry_delay` (seconds)
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "ANTHROPIC_BASE_URL"}
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})

    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    base_url: str = field(default=DEFAULT_URL, validator=check_web_address)
    networks: tuple[str, ...] = ()
    version: str = VERSION
    betas: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(factory=dict, repr=False)  # a key may be among them
    model: str | None = None
    timeout: float = field(default=300.0, validator=validators.gt(0))
    max_tokens: int | None = field(default=None, validator=_positive)
    temperature: float | None = None
    prompt_cache: Literal["off", "5m", "1h"] = "off"
    structured: Literal["auto", "native", "tool"] = "auto"
    retry_attempts: int | None = field(default=None, validator=_not_negative)
    retry_delay: float | None = field(default=None, validator=_not_negative)
