"""The keys of `[providers.openai]`, and of the sections of servers that speak the same API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.spec.endpoints import check_web_address
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from attrs import Attribute

_positive = validators.optional(validators.gt(0))


def _check_address(section: object, attribute: Attribute[str | None], value: str | None) -> None:
    if value is not None:
        check_web_address(section, attribute, value)


@frozen(kw_only=True)
class OpenAISection:
    """Say where the models are and how to ask them.

    api                 `chat` for chat completions, which every server has, or `responses`
    api_key             a handle, `${NAME}` in the file; or `api_key_env` (a variable) or `api_key_file` (a path)
    base_url            up to and including `/v1`; the server's usual address when neither file nor variable names one
    networks            private networks (10.0.0.0/8) in which the host lies, where its name does not show it
    model               asked when nobody names one
    organization        sent as OpenAI-Organization; `project` as OpenAI-Project; `headers` are sent besides
    timeout             seconds for a whole answer, or for one silence of a streamed one
    max_tokens          of an answer, and `temperature`, where a request names none
    max_tokens_field    what the server calls that limit; `auto` knows the servers of `presets.py`
    store               let the service keep responses (the API `responses` only)
    stream_usage        ask for token counts at the end of a stream; None: where the server understands it
    retry_attempts      read by the retry hook, like `retry_delay` (seconds)
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "OPENAI_BASE_URL"}
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout", "retry_delay"})
    NAME: ClassVar[str] = "openai"
    USUAL: ClassVar[str] = "https://api.openai.com/v1"
    """The address when nothing else names one; empty where there is no usual one."""

    api: Literal["chat", "responses"] = "chat"
    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    base_url: str | None = field(default=None, validator=_check_address)
    networks: tuple[str, ...] = ()
    model: str | None = None
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)  # a key may be among them
    timeout: float = field(default=120.0, validator=validators.gt(0))
    max_tokens: int | None = field(default=None, validator=_positive)
    temperature: float | None = None
    max_tokens_field: Literal["auto", "max_tokens", "max_completion_tokens"] = "auto"
    store: bool = False
    stream_usage: bool | None = None
    retry_attempts: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    retry_delay: float | None = field(default=None, validator=validators.optional(validators.ge(0)))

    @property
    def address(self) -> str:
        """Give the base URL, without a slash at its end."""
        return (self.base_url or self.USUAL).rstrip("/")


@frozen(kw_only=True)
class AzureSection(OpenAISection):
    """Say where an Azure resource is: `base_url` is `https://NAME.openai.azure.com`, a model is a deployment."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"base_url": "AZURE_OPENAI_ENDPOINT"}
    NAME: ClassVar[str] = "azure"
    USUAL: ClassVar[str] = ""

    @property
    def address(self) -> str:
        """Give the base URL with the path of the API, where it was left out."""
        address = (self.base_url or "").rstrip("/")
        return f"{address}/openai/v1" if address.count("/") == 2 else address  # noqa: PLR2004 - https://host


@frozen(kw_only=True)
class GroqSection(OpenAISection):
    """Say how to ask Groq."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "groq"
    USUAL: ClassVar[str] = "https://api.groq.com/openai/v1"


@frozen(kw_only=True)
class DeepSeekSection(OpenAISection):
    """Say how to ask DeepSeek."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "deepseek"
    USUAL: ClassVar[str] = "https://api.deepseek.com/v1"


@frozen(kw_only=True)
class MistralSection(OpenAISection):
    """Say how to ask Mistral."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "mistral"
    USUAL: ClassVar[str] = "https://api.mistral.ai/v1"


@frozen(kw_only=True)
class XaiSection(OpenAISection):
    """Say how to ask xAI."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "xai"
    USUAL: ClassVar[str] = "https://api.x.ai/v1"


@frozen(kw_only=True)
class TogetherSection(OpenAISection):
    """Say how to ask Together."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "together"
    USUAL: ClassVar[str] = "https://api.together.xyz/v1"


@frozen(kw_only=True)
class OpenRouterSection(OpenAISection):
    """Say how to ask OpenRouter."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "openrouter"
    USUAL: ClassVar[str] = "https://openrouter.ai/api/v1"


@frozen(kw_only=True)
class VllmSection(OpenAISection):
    """Say where vLLM runs."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "vllm"
    USUAL: ClassVar[str] = "http://127.0.0.1:8000/v1"


@frozen(kw_only=True)
class LlamaCppSection(OpenAISection):
    """Say where llama.cpp's server runs."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "llamacpp"
    USUAL: ClassVar[str] = "http://127.0.0.1:8080/v1"


@frozen(kw_only=True)
class LmStudioSection(OpenAISection):
    """Say where LM Studio runs."""

    ENVIRONMENT: ClassVar[Mapping[str, str]] = {}
    NAME: ClassVar[str] = "lmstudio"
    USUAL: ClassVar[str] = "http://127.0.0.1:1234/v1"
