"""The contract of a provider for structured answers: an agent asks for them in every way that it declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest

from llmspell.model.output import Partial
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.output.modes import BESIDE_TOOLS, FORCED, NATIVE, NEEDS
from llmspell.testing.provider_asking import ProviderAsking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.agent import AgentResult
    from llmspell.testing.provider_cases import Exchange
    from llmspell.testing.server import Request

ANSWER = {"name": "Ada", "age": 36}
PIECES = ('{"name": "A', 'da", "age"', ": 36}")
"""The text of `ANSWER` in pieces."""

KIND = {"name": "string: full name", "age": "integer?"}
Mode = Literal["native", "tool", "prompted"]
MODES: tuple[Mode, ...] = ("native", "tool", "prompted")


class StructuredContract(ProviderAsking):
    """Check a provider's structured answers.

    `structured` holds four answers of the service: `text` says `ANSWER` as JSON in the `PIECES`, `call` calls the tool
    `answer` with it, `text_whole` and `call_whole` are the same in one body, left out by a service that `lacks` such.
    `sent` of the texts is how the service is asked for a schema, `sent` of the calls how it is made to call a tool.
    """

    structured: ClassVar[Mapping[str, Exchange]]

    @pytest.mark.parametrize("mode", MODES)
    async def test_an_agent_gets_its_structured_answer(self, mode: Mode) -> None:
        """A streamed answer is the data that were asked for, and tells what is valid on the way.

        If this fails, compare the request with what the exchange says of it.
        """
        name = "call" if mode == "tool" else "text"
        result, partial, request = await self._run(mode, self._exchange(name))
        assert (result.data, result.metadata["output_mode"]) == (ANSWER, mode)
        assert partial[-1] == ANSWER
        assert len(partial) > 1 or name == "call"  # some services give the arguments of a call in one piece
        self._looked_at(request, mode, self._exchange(name))

    @pytest.mark.parametrize("mode", MODES)
    async def test_a_whole_answer_gives_the_same_data(self, mode: Mode) -> None:
        """An answer that is asked for whole gives the same data as a streamed one.

        If this fails, the two ways of asking have drifted apart.
        """
        if "whole" in self.lacks:
            pytest.skip("the service answers in streams only")
        exchange = self._exchange("call_whole" if mode == "tool" else "text_whole")
        result, _, request = await self._run(mode, exchange, looking=False)
        assert result.data == ANSWER
        self._looked_at(request, mode, exchange)

    async def test_the_way_is_chosen_by_what_is_declared(self) -> None:
        """Without a mode the provider's descriptor decides.

        If this fails, look at its capabilities.
        """
        async with self.opened() as (_, ctx, _):
            assert ctx.component is not None
            can = ctx.component.capabilities
        mode: Mode = "native" if NATIVE in can else "tool" if NEEDS["tool"] in can else "prompted"
        result, _, _ = await self._run("auto", self._exchange("call" if mode == "tool" else "text"))
        assert (result.data, result.metadata["output_mode"]) == (ANSWER, mode)
        assert BESIDE_TOOLS not in can or NATIVE in can, "who holds answers to a schema beside tools does without, too"

    async def test_a_wrong_answer_is_asked_again(self) -> None:
        """The model is told what did not fit, and its wrong answer stays in the conversation.

        If this fails, look at how the second request was encoded.
        """
        exchange = self._exchange("text")
        wrong = exchange._replace(body=exchange.body.replace(rb"{\"name\"", rb"{\"names\""))
        assert wrong.body != exchange.body
        async with self.opened(wrong.reply(), exchange.reply()) as (_, ctx, server):
            config = AgentConfig(name="a", provider=self.component, model="contract-model", output=KIND)
            agent = await ctx.app.agents.create(ctx.run, config.replace(output_mode="prompted"))
            async with agent.stream("Who?") as stream:
                result = await stream.result()
            assert (result.data, result.metadata["asked_again"]) == (ANSWER, 1)
            assert b"did you mean 'name'?" in server.requests[1].body

    # -- inside --------------------------------------------------------------------------------------------------------

    def _exchange(self, name: str) -> Exchange:
        found = self.structured.get(name)
        if found is None:
            pytest.fail(f"there is no exchange {name!r}: supply it in `structured`")
        return found

    async def _run(
        self, mode: str, exchange: Exchange, *, looking: bool = True
    ) -> tuple[AgentResult, list[object], Request]:
        partial: list[object] = []

        async def sink(part: object) -> None:
            if isinstance(part, Partial):
                partial.append(part.data)

        async with self.opened(exchange.reply()) as (_, ctx, server):
            assert ctx.component is not None
            if mode in NEEDS and NEEDS[mode] not in ctx.component.capabilities:
                pytest.skip(f"the provider does not declare {NEEDS[mode]!r}")
            if mode == "tool" and FORCED not in ctx.component.capabilities:
                exchange = exchange._replace(sent={})
            config = AgentConfig(name="a", provider=self.component, model="contract-model", output=KIND)
            agent = await ctx.app.agents.create(ctx.run, config.replace(output_mode=mode))
            result = await agent.execute("Who?", sink=sink if looking else None)
            (request,) = server.requests
            return result, partial, request

    @staticmethod
    def _looked_at(request: Request, mode: Mode, exchange: Exchange) -> None:
        """Check that the schema was told, and in the way of the mode."""
        assert "full name" in json.dumps(request.json()), "the request does not tell the schema"
        if mode != "prompted":
            assert exchange.faults(request) == []
