"""The contract of a provider: what it sends and what comes back stands in a transcript, and its key does not."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from llmspell.runtime.llm import complete
from llmspell.testing.context import open_context
from llmspell.testing.provider_asking import ProviderAsking, look
from llmspell.testing.provider_cases import REQUEST
from llmspell.testing.server import Server

if TYPE_CHECKING:
    from llmspell.testing.provider_cases import Exchange


class TranscriptContract(ProviderAsking):
    """Check transcripts."""

    async def test_transcript_tells_what_was_sent_and_received(self) -> None:
        """Every byte of the body, in and out, the parts that came of it, and an error with the words of the service.

        If this fails, something asks the service by another way than `ctx.http`.
        """
        for case in filter(self.has, ("text", "tools", "bad_request", "wrong_key")):
            exchange = self.exchange(case)
            entry, server = await self._transcribed(exchange)
            (request,) = server.requests
            (told,) = entry["exchanges"]
            assert told["sent"]["body"] == request.body.decode()
            assert told["sent"]["headers"].keys() == request.headers.keys()
            assert told["received"]["status"] == exchange.status
            assert told["received"]["complete"]
            assert "".join(text for _, text in told["received"]["chunks"]) == exchange.body.decode()
            if exchange.streamed:
                assert entry["error"] is None
                assert {"text": "text_delta", "tools": "tool_call_start"}[case] in [
                    one["part"] for one in entry["parts"]
                ]
            else:
                assert exchange.says in entry["error"]["message"]

    async def test_transcript_never_shows_the_key(self) -> None:
        """Neither the key that was sent nor one that the service repeats.

        If this fails, give the key to `ctx.http` as a `SecretRef`, and register no other with the service.
        """
        exchange = self.exchange("wrong_key")
        says = exchange.says.encode()
        repeating = exchange._replace(body=exchange.body.replace(says, says + b" " + self.key.encode()))
        entry, server = await self._transcribed(repeating)
        (request,) = server.requests
        assert any(self.key in value for value in (*request.headers.values(), request.path)), "the key was not sent"
        assert self.key not in json.dumps(entry)
        assert "<secret " in json.dumps(entry["exchanges"][0]["sent"])

    async def _transcribed(self, exchange: Exchange) -> tuple[dict[str, Any], Server]:
        """Ask once through all of the pipeline and give the one entry of the transcript."""
        with tempfile.TemporaryDirectory(prefix="llmspell-test-") as folder:
            path = Path(folder) / "transcript.jsonl"
            async with Server() as server:
                server.replies.append(exchange.reply())
                config = {**self.config(server.url), "observability.transcript.file_path": str(path)}
                async with open_context(config=config, plugins=self.plugins) as ctx:
                    choice = ctx.app.models.choose(ctx.run, self.component, REQUEST.model)
                    try:
                        await complete(ctx, choice, REQUEST, sink=look)
                    except LlmspellError:
                        assert not exchange.streamed
            (line,) = path.read_text(encoding="utf-8").splitlines()
            return json.loads(line), server
