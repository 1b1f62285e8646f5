"""The keys of `[providers.google]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from attrs import Attribute, field, frozen, validators

from llmspell.spec.endpoints import check_web_address
from llmspell.spec.secrets import SecretRef

DEFAULT_URL = "https://generativelanguage.googleapis.com"
HARMS = ("harassment", "hate_speech", "sexually_explicit", "dangerous_content", "civic_integrity")
Threshold: TypeAlias = Literal["off", "block_none", "block_only_high", "block_medium_and_above", "block_low_and_above"]


def _check_address(section: object, attribute: Attribute[str], value: str) -> None:
    check_web_address(section, attribute, value)
    if value.rstrip("/").endswith(("/openai", "/v1", "/v1beta")):
        raise ValueError(f"{attribute.name} is the address without the version, which is api_version")


def _check_harms(_section: object, attribute: Attribute[Mapping[str, str]], value: Mapping[str, str]) -> None:
    unknown = sorted(set(value) - set(HARMS))
    if unknown:
        raise ValueError(f"{attribute.name} names {', '.join(unknown)}, and not only {', '.join(HARMS)}")


_positive = validators.optional(validators.gt(0))


@frozen(kw_only=True)
class GoogleSection:
    """Say where the models are and how to ask them.

    api_key             a handle, `${NAME}` in the file; or `api_key_env` (a variable) or `api_key_file` (a path)
    base_url            without the version; GOOGLE_GEMINI_BASE_URL when the file says nothing
    api_version         the version of the API
    networks            private networks (10.0.0.0/8) in which the host lies, where its name does not show it
    headers             sent with each request
    model               asked when nobody names one
    timeout             seconds for a whole answer, or for one silence of a streamed one
    temperature         where a request names none, and `max_tokens`
    thoughts            ask for a summary of the model's reasoning
    thinking_budget     tokens of reasoning (Gemini 2.5): 0 for none, -1 as the model likes
    thinking_level      how much to reason (Gemini 3 and later)
    safety              what to block, by kind of harm; None: as the service likes
    retry_attempts      read by the retry hook, like `retry_delay` (seconds)
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "GOOGLE_GEMINI_BASE_URL"}
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})

    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    base_url: str = field(default=DEFAULT_URL, validator=_check_address)
    api_version: str = field(default="v1beta", validator=validators.matches_re(r"v\d+\w*"))
    networks: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(factory=dict, repr=False)  # a key may be among them
    model: str | None = None
    timeout: float = field(default=120.0, validator=validators.gt(0))
    temperature: float | None = None
    max_tokens: int | None = field(default=None, validator=_positive)
    thoughts: bool = False
    thinking_budget: int | None = field(default=None, validator=validators.optional(validators.ge(-1)))
    thinking_level: Literal["minimal", "low", "medium", "high"] | None = None
    safety: Mapping[str, Threshold] = field(factory=dict, validator=_check_harms)
    retry_attempts: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    retry_delay: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
