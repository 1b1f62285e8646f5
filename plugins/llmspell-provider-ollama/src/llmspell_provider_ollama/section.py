"""The keys of `[providers.ollama]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from attrs import Attribute, field, frozen, validators

from llmspell.spec.endpoints import check_web_address
from llmspell.spec.secrets import SecretRef

DEFAULT_URL = "http://127.0.0.1:11434"
PORT = 11434
_NOWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - what a server listens on, nobody can ask


def web_address(text: str) -> str:
    """Complete an address as Ollama's own programs read OLLAMA_HOST: `gpu-box`, `:8080`, `0.0.0.0:11434`, a whole URL.

    Without a scheme it is http on port 11434; an address to listen on becomes one that can be asked.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    hostport, slash, path = rest.partition("/")
    if not separator:
        scheme = "https" if hostport == "ollama.com" else "http"
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d+)?", hostport)
    if found is None:
        return text  # the validator says what is wrong
    host = _NOWHERE.get(found[1], found[1]) or "127.0.0.1"
    port = found[2] or ("" if separator or scheme == "https" else f":{PORT}")
    return f"{scheme}://{host}{port}{slash}{path}".rstrip("/")


def _check_address(section: object, attribute: Attribute[str], value: str) -> None:
    value = web_address(value)
    check_web_address(section, attribute, value)
    if value.endswith("/v1"):
        raise ValueError(f"{attribute.name} is the server's address without /v1; that is for [providers.openai]")
    if value.endswith("/api"):
        raise ValueError(f"{attribute.name} is the server's address without /api")


_positive = validators.optional(validators.gt(0))


@frozen(kw_only=True)
class OllamaSection:
    """Say where the server is and how to ask it.

    base_url            OLLAMA_HOST when the file says nothing, else the machine itself
    networks            private networks (10.0.0.0/8) in which the host lies, where its name does not show it
    api_key             a handle, for ollama.com or a proxy; or `api_key_env` (a variable) or `api_key_file` (a path)
    headers             sent with each request
    model               asked when nobody names one
    api                 `chat`, or `generate` for a model without a chat template
    timeout             seconds for a whole answer, or for one silence of a streamed one; loading a model is one
    keep_alive          how long the model stays loaded afterwards; negative: for ever; None: as the server likes
    context             tokens of the window (`num_ctx`); None: as the server likes
    truncate            let the server drop what does not fit into the window, instead of an error
    think               ask the model to reason or not to, or how much; None: as the model likes
    temperature         where a request names none, and `max_tokens` (`num_predict`)
    options             further options of the model, such as `top_k`
    retry_attempts      read by the retry hook, like `retry_delay` (seconds)
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "OLLAMA_HOST"}
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})

    base_url: str = field(default=DEFAULT_URL, converter=web_address, validator=_check_address)
    networks: tuple[str, ...] = ()
    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)  # a key may be among them
    model: str | None = None
    api: Literal["chat", "generate"] = "chat"
    timeout: float = field(default=300.0, validator=validators.gt(0))
    keep_alive: str | float | None = None
    context: int | None = field(default=None, validator=_positive)
    truncate: bool = False
    think: bool | Literal["low", "medium", "high", "max"] | None = None
    temperature: float | None = None
    max_tokens: int | None = field(default=None, validator=_positive)
    options: Mapping[str, Any] = field(factory=dict)
    retry_attempts: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    retry_delay: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
