"""Handoffs: who takes over, what crosses, what becomes of other calls, and what hooks and streams see."""

from __future__ import annotations

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import AgentConfigError, AgentDepthError, HandoffError, RefusedError
from llmspell.model.agent import AgentInput, Limits, RunDone, ToolRecord
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.model.handoff import HandedOver
from llmspell.model.llm import Media, Message, TextDelta, message
from llmspell.runtime.peers.handoff import handoff
from llmspell.runtime.peers.transfers import Peer
from llmspell.spec import provider

GO_ON = "Go on with what the user asked for."


@pytest.fixture
def played(run, agent):
    """Make an agent with steps of its own."""

    async def make(name, *steps, **config):
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        model = ScriptedModel(list(steps))
        run.app.catalog.register(described, model, owner=run.id)
        return await agent(name=name, provider=name, **config), model

    return make


def transfer(name, reason="it is about money", **more):
    return {"name": f"transfer_to_{name}", "arguments": {"reason": reason, **more}}


def calls(*some, **more):
    return {"tool_calls": list(some), **more}


def use(n):
    return {"name": "square", "arguments": {"n": n}}


async def test_the_model_hands_over_and_the_other_agent_answers(played):
    billing, asked = await played("billing", {"text": "You owe 5.", "cost": 0.2}, description="Knows bills.")
    triage, _ = await played(
        "triage", calls(transfer("billing"), cost=0.1), handoffs=(Peer(billing),), system_prompt="Sort."
    )
    result = await triage.execute("What do I owe?")
    assert result.content == "You owe 5."
    assert (result.metadata["agent"], result.metadata["provider"]) == ("billing", "billing")
    assert result.metadata["handoffs"] == [{"from": "triage", "to": "billing", "reason": "it is about money"}]
    assert [(r.call.name, r.outcome) for r in result.tool_calls] == [("transfer_to_billing", "done")]
    assert (result.usage.money, result.nested[0].agent, result.nested[0].usage.money) == ("0.3", "billing", "0.2")
    assert [m.text for m in asked.requests[0].messages] == [
        "What do I owe?",
        f"[The agent 'triage' hands this conversation over to you: it is about money]\n\n{GO_ON}",
    ]
    assert [(m.role, m.text) for m in triage.history if m.text] == [
        ("user", "What do I owe?"),
        ("assistant", "You owe 5."),
    ]
    assert billing.history == ()


async def test_the_prompt_tells_which_agents_there_are(played):
    billing, _ = await played("billing", {"text": "x"}, description="Knows bills.")
    one, asked = await played("one", {"text": "x"}, handoffs=(Peer(billing),), system_prompt="Sort.")
    await one.execute("go")
    system = asked.requests[0].system
    assert system.startswith("Sort.\n\nYou work together with other agents.")
    assert system.endswith("- transfer_to_billing: billing. Knows bills.")
    (spec,) = asked.requests[0].tools
    assert spec.description == "Hand the conversation over to 'billing': Knows bills."
    two, asked = await played("two", {"text": "x"}, handoffs=(Peer(billing),), system_prompt="Ask {{agents}}!")
    await two.execute("go")
    assert asked.requests[0].system == "Ask - transfer_to_billing: billing. Knows bills.!"


async def test_other_calls_run_first_and_every_call_has_one_outcome(played, square):
    billing, asked = await played("billing", {"text": "done"})
    legal, never = await played("legal", {"text": "never"})
    peers = (Peer(billing), Peer(legal))
    one, _ = await played(
        "one", calls(transfer("billing"), use(3), transfer("legal"), use(13)), tools=("square",), handoffs=peers
    )
    result = await one.execute("go")
    assert [(r.call.name, r.outcome) for r in result.tool_calls] == [
        ("transfer_to_billing", "done"), ("square", "done"), ("transfer_to_legal", "not_run"), ("square", "failed"),
    ]  # fmt: skip
    assert "handed over by 'transfer_to_billing'" in result.tool_calls[2].error["message"]
    assert never.requests == []
    told = [part for m in result.messages if m.role == "tool" for part in m.parts]
    assert [part.outcome for part in told] == ["done", "done", "not_run", "failed"]
    assert len(asked.requests) == 1


async def test_use_of_tools_crosses_as_text(played, square):
    billing, asked = await played("billing", {"text": "done"})
    one, _ = await played(
        "one", calls(use(3)), calls(transfer("billing")), tools=("square",), handoffs=(Peer(billing),)
    )
    await one.execute("go")
    assert [m.text for m in asked.requests[0].messages[:-1]] == [
        "go", '[The tool \'square\' was used with {"n": 3} (done): {"square": 9}]',
    ]  # fmt: skip
    assert all(not m.tool_calls and m.role != "tool" for m in asked.requests[0].messages)


@pytest.mark.parametrize(
    ("wanted", "crossed"),
    [
        ("messages", ["first", "hello", "second"]),
        ("last", ["second"]),
        ("none", []),
        (1, ['[The tool \'square\' was used with {"n": 3} (done): {"square": 9}]']),
        (0, []),
        (lambda messages: messages[:1], ["first"]),
    ],
)
async def test_the_filter_says_what_crosses(played, square, wanted, crossed):
    billing, asked = await played("billing", {"text": "done"})
    one, _ = await played(
        "one", {"text": "hello"}, calls(use(3)), calls(transfer("billing")), tools=("square",),
        handoffs=(Peer(billing, state_filter=wanted),),
    )  # fmt: skip
    await one.execute("first")
    await one.execute("second")
    assert [m.text for m in asked.requests[0].messages[:-1]] == crossed


async def test_a_filter_that_fails_is_told_to_the_model(played):
    def broken(messages):
        raise ValueError("no")

    billing, never = await played("billing", {"text": "done"})
    one, _ = await played(
        "one", calls(transfer("billing")), {"text": "I answer myself"}, handoffs=(Peer(billing, state_filter=broken),)
    )
    result = await one.execute("go")
    assert result.content == "I answer myself"
    assert [(r.outcome, r.error["type"]) for r in result.tool_calls] == [("failed", "handoff")]
    assert never.requests == []


async def test_images_cross_as_they_are(played):
    billing, asked = await played("billing", {"text": "done"})
    one, _ = await played("one", calls(transfer("billing")), handoffs=(Peer(billing),))
    picture = Media(kind="image", media_type="image/png", data=b"x")
    await one.execute(AgentInput(message=Message(role="user", parts=(picture,))))
    assert asked.requests[0].messages[0].parts == (picture,)


async def test_it_is_an_operation_with_hooks_and_events(run, played):
    billing, asked = await played("billing", {"text": "done"})
    one, _ = await played("one", calls(transfer("billing", "why not")), handoffs=(Peer(billing),))
    seen = []

    def before(call, ctx):
        seen.append((call.subject, dict(call.metadata)))
        return Proceed(call.replace(input=call.input.replace(input="Be short.", messages=())))

    def after(call, result, ctx):
        return Answer(type(result)(content=result.content.upper(), messages=result.messages))

    run.hooks.register("before_handoff", before)
    run.hooks.register("after_handoff", after)
    told = []
    run.app.events.subscribe("handoff_*", lambda event: told.append((event.name, event.data["to"])))
    result = await one.execute("go")
    assert result.content == "DONE"
    assert seen == [("billing", {"from": "one", "to": "billing", "reason": "why not", "kind": "transfer"})]
    assert [m.text for m in asked.requests[0].messages] == [
        "[The agent 'one' hands this conversation over to you: why not]\n\nBe short."
    ]
    assert told == [("handoff_started", "billing"), ("handoff_completed", "billing")]


async def test_a_hook_refuses_and_the_model_goes_on(run, played):
    billing, never = await played("billing", {"text": "never"})
    one, _ = await played("one", calls(transfer("billing")), {"text": "then not"}, handoffs=(Peer(billing),))
    run.hooks.register("before_handoff", lambda call, ctx: Refuse("not today"))
    result = await one.execute("go")
    assert result.content == "then not"
    assert [(r.outcome, r.error["type"]) for r in result.tool_calls] == [("refused", RefusedError.type)]
    assert "handoffs" not in result.metadata
    assert never.requests == []


async def test_a_failure_of_the_other_agent_is_told_to_the_first(played):
    billing, _ = await played("billing", {"error": {"type": "authentication", "message": "no key"}})
    one, _ = await played("one", calls(transfer("billing")), {"text": "sorry"}, handoffs=(Peer(billing),))
    result = await one.execute("go")
    assert result.content == "sorry"
    assert [(r.outcome, r.error["type"]) for r in result.tool_calls] == [("failed", "authentication")]


async def test_a_stream_shows_it_and_ends_once(played):
    billing, _ = await played("billing", {"text": "You owe 5."})
    one, _ = await played("one", calls(transfer("billing"), text="Wait. "), handoffs=(Peer(billing),))
    async with one.stream("go") as stream:
        parts = [part async for part in stream]
    assert [p.text for p in parts if isinstance(p, TextDelta)] == ["Wait. ", "You owe 5."]
    handed = parts.index(HandedOver("one", "billing", "it is about money"))
    assert [p for p in parts[:handed] if isinstance(p, TextDelta)] == [TextDelta("Wait. ")]
    assert [p.call.name for p in parts if isinstance(p, ToolRecord)] == ["transfer_to_billing"]
    assert [p.result.content for p in parts if isinstance(p, RunDone)] == ["You owe 5."]
    assert isinstance(parts[-1], RunDone)


async def test_a_chain_of_handoffs_is_told_in_order(played):
    last, _ = await played("last", {"text": "here"})
    middle, _ = await played("middle", calls(transfer("last", "b")), handoffs=(Peer(last),))
    first, _ = await played("first", calls(transfer("middle", "a")), handoffs=(Peer(middle),))
    result = await first.execute("go")
    assert (result.content, result.metadata["agent"]) == ("here", "last")
    assert [(h["from"], h["to"]) for h in result.metadata["handoffs"]] == [("first", "middle"), ("middle", "last")]


async def test_agents_that_hand_over_to_each_other_without_end_are_stopped(played):
    one, _ = await played("one", *[calls(transfer("two")) for _ in range(9)], limits=Limits(depth=3))
    two, _ = await played("two", *[calls(transfer("one")) for _ in range(9)], handoffs=(Peer(one),))
    one.config = one.config.replace(handoffs=(Peer(two),))
    with pytest.raises(AgentDepthError) as caught:
        await one.execute("go")
    assert caught.value.context["path"] == ["one", "two", "one", "two", "one"]


async def test_a_handoff_to_itself_is_refused(run, played):
    one, _ = await played("one", calls(transfer("one")), {"text": "well"})
    one.config = one.config.replace(handoffs=(Peer(one),))
    result = await one.execute("go")
    assert [(r.outcome, r.error["type"]) for r in result.tool_calls] == [("failed", "handoff")]
    with pytest.raises(HandoffError, match="agent 'one' cannot hand over to itself"):
        await handoff(one, one, run.context())


async def test_two_agents_need_two_names(played):
    first, _ = await played("a_b")
    second, _ = await played("a__b")
    one, _ = await played("one", {"text": "x"}, handoffs=(Peer(first), Peer(second)))
    with pytest.raises(AgentConfigError, match="hand over to two agents by 'transfer_to_a_b'"):
        await one.execute("go")


async def test_a_tool_of_the_same_name_is_refused(played, run, square):
    billing, _ = await played("billing")
    one, _ = await played("one", {"text": "x"}, tools=("square",), handoffs=(Peer(billing, tool="square"),))
    with pytest.raises(AgentConfigError, match="offers a tool called 'square' and hands over by that name"):
        await one.execute("go")


async def test_a_hook_that_leaves_a_handoff_out_keeps_it_from_the_model(run, played):
    billing, never = await played("billing", {"text": "never"})
    one, asked = await played("one", calls(transfer("billing")), {"text": "x"}, handoffs=(Peer(billing),))
    one.hooks.register("before_tools_available", lambda call, ctx: Proceed(call.replace(input=())))
    result = await one.execute("go")
    assert [(r.outcome, r.error["type"]) for r in result.tool_calls] == [("failed", "tool_not_found")]
    assert (asked.requests[0].system, never.requests) == ("", [])


async def test_an_agent_is_handed_a_conversation_by_hand(run, played):
    first, _ = await played("first", {"text": "hello"})
    second, asked = await played("second", {"text": "taken"}, {"text": "and on"})
    await first.execute("hi")
    result = await handoff(first, second, run.context(), reason="it is late", input="Say good night.")
    assert result.content == "taken"
    assert [m.text for m in asked.requests[0].messages] == [
        "hi", "hello", "[The agent 'first' hands this conversation over to you: it is late]\n\nSay good night.",
    ]  # fmt: skip
    await second.execute("more")
    assert len(asked.requests[1].messages) == 5
    assert len(first.history) == 2
    assert (first.spending().usage.requests, second.spending().usage.requests) == (1, 2)


async def test_what_a_hook_answers_is_the_answer(run, played):
    from llmspell.model.agent import AgentResult

    billing, never = await played("billing", {"text": "never"})
    one, _ = await played("one", calls(transfer("billing")), handoffs=(Peer(billing),))
    run.hooks.register("before_handoff", lambda call, ctx: Answer(AgentResult(content="from a hook", messages=())))
    assert (await one.execute("go")).content == "from a hook"
    assert one.history[-1] == message("assistant", "from a hook")
    assert never.requests == []


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


async def test_who_takes_over_answers_in_the_form_that_was_asked_for(played):
    billing, asked = await played("billing", {"text": "five"}, {"text": '{"n": 5}'})
    one, _ = await played("one", calls(transfer("billing")), handoffs=(Peer(billing),))
    result = await one.execute("go", output=SCHEMA)
    assert (result.data, result.metadata["agent"]) == ({"n": 5}, "billing")
    assert len(asked.requests) == 2


async def test_a_model_may_hand_over_to_anyone_who_can_be_found(run, played):
    billing, _ = await played("billing", {"text": "You owe 5."}, description="Knows bills.")
    to = {"name": "transfer_to_agent", "arguments": {"agent": "nobody", "reason": "r"}}
    again = {"name": "transfer_to_agent", "arguments": {"agent": "billing", "reason": "r"}}
    one, asked = await played("one", calls(to), calls(again), handoffs="any", approve=("transfer_to_x*",))
    run.directory.add(billing)
    run.directory.add(one)
    result = await one.execute("go")
    assert (result.content, result.metadata["agent"]) == ("You owe 5.", "billing")
    assert [(r.outcome, r.error and r.error["type"]) for r in result.tool_calls] == [
        ("failed", "agent_not_found"), ("done", None),
    ]  # fmt: skip
    assert asked.requests[0].system.endswith("\n- billing: Knows bills.")


async def test_the_steps_of_a_run_that_was_handed_over_are_those_of_both(played):
    billing, _ = await played("billing", {"text": "You owe 5."})
    triage, _ = await played("triage", calls(transfer("billing")), handoffs=(Peer(billing),))
    async with triage.steps("What do I owe?") as steps:
        seen = [(step.state.agent, step.kind, step.message.text) async for step in steps]
        assert (await steps.result()).content == "You owe 5."
    assert seen == [("triage", "ask", ""), ("billing", "ask", "You owe 5."), ("triage", "tools", "You owe 5.")]


async def test_the_other_agent_goes_on_from_a_step_of_its_own(played, square):
    billing, _ = await played("billing", calls(use(3)), {"text": "{{last.square}}"}, tools=("square",))
    triage, _ = await played("triage", calls(transfer("billing")), handoffs=(Peer(billing),))
    async with triage.steps("What do I owe?") as steps:
        async for step in steps:
            if (step.state.agent, step.kind) == ("billing", "ask"):
                state = steps.state()
                break
    assert square == []
    assert (await billing.resume(state)).content == "9"
