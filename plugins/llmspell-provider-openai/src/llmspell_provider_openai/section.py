"""The keys of `[providers.openai]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.spec.endpoints import check_web_address
from llmspell.spec.secrets import SecretRef

DEFAULT_URL = "https://api.openai.com/v1"


_positive = validators.optional(validators.gt(0))


@frozen(kw_only=True)
class OpenAISection:
    """Say where the models are and how to ask them.

    api_key             a handle, `${NAME}` in the file; or `api_key_env` (a variable) or `api_key_file` (a path)
    base_url            up to and including `/v1`; OPENAI_BASE_URL when the file says nothing
    networks            private networks (10.0.0.0/8) in which the host lies, where its name does not show it
    model               asked when nobody names one
    organization        sent as OpenAI-Organization; `project` as OpenAI-Project; `headers` are sent besides
    timeout             seconds for a whole answer, or for one silence of a streamed one
    max_tokens          of an answer, and `temperature`, where a request names none
    max_tokens_field    what the server calls that limit; `auto` knows the servers of `presets.py`
    stream_usage        ask for token counts at the end of a stream; None: where the server understands it
    retry_attempts      read by the retry hook, like `retry_delay` (seconds)
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "OPENAI_BASE_URL"}
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})

    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    base_url: str = field(default=DEFAULT_URL, validator=check_web_address)
    networks: tuple[str, ...] = ()
    model: str | None = None
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = field(factory=dict)
    timeout: float = field(default=120.0, validator=validators.gt(0))
    max_tokens: int | None = field(default=None, validator=_positive)
    temperature: float | None = None
    max_tokens_field: Literal["auto", "max_tokens", "max_completion_tokens"] = "auto"
    stream_usage: bool | None = None
    retry_attempts: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    retry_delay: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
