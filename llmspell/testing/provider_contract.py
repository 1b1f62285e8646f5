"""The contract of a model provider, checked on the wire: a loopback server gives the answers of the real service."""

from __future__ import annotations

from llmspell.testing.provider_contract_answers import AnswerContract
from llmspell.testing.provider_contract_faults import FaultContract
from llmspell.testing.provider_contract_stream import StreamContract
from llmspell.testing.provider_contract_transcript import TranscriptContract
from llmspell.testing.provider_contract_wire import WireContract


class ProviderContract(AnswerContract, StreamContract, WireContract, FaultContract, TranscriptContract):
    """Check a provider.

    class TestOpenAI(ProviderContract):
        component = "openai"
        key = "sk-contract"
        exchanges = {"text": stream({...}, {...}, source="constructed from https://..."), ...}
        lacks = frozenset({"reasoning"})

        def config(self, url):
            return {"providers": {"openai": {"base_url": url, "api_key": self.key}}}

    `exchanges` holds the answers of the service, byte by byte, for every name in `CASES` of
    `llmspell.testing.provider_cases`, which says what each must hold; `stream` and `whole` of the same module write
    them. A missing one is a failure, unless `lacks` says that the service has no such thing.

    What is no service on a wire checks itself with `AnswerContract` and `StreamContract` alone.
    """
