"""One spell in three languages, whose agents wait for a person in a workflow, in a chat, and in the tool of another."""

from __future__ import annotations

SPELLS = {
    ".lua": """
local function agent(name, tools)
  return Agent.new({ name = name, model = "counted", tools = tools, approve = { "mark" } })
end
local helper = agent("helper", { "mark" })
local flow = Workflow.parallel({ name = "flow", timeout = 600, steps = {
  { name = "one", agent = agent("one", { "mark" }), action = "use mark name=a use mark name=b" },
  { name = "two", agent = agent("two", { "mark" }), action = "use mark name=c" },
  { name = "side", tool = "mark", input = { name = "side" } },
} })
print("before")
local done = flow:execute({})
print("between")
local boss = Agent.new({ name = "boss", model = "counted", tools = { helper } })
local asked = boss:chat("use ask_helper input=use_mark_name=d")
print("after")
return { one = done.output.one, two = done.output.two, side = done.output.side, asked = asked }
""",
    ".js": """
const agent = (name, tools) => new Agent({ name, model: "counted", tools, approve: ["mark"] });
const helper = agent("helper", ["mark"]);
const flow = new Workflow.Parallel({ name: "flow", timeout: 600000, steps: [
  { name: "one", agent: agent("one", ["mark"]), action: "use mark name=a use mark name=b" },
  { name: "two", agent: agent("two", ["mark"]), action: "use mark name=c" },
  { name: "side", tool: "mark", input: { name: "side" } },
] });
console.log("before");
const done = await flow.execute({});
console.log("between");
const boss = new Agent({ name: "boss", model: "counted", tools: [helper] });
const asked = await boss.chat("use ask_helper input=use_mark_name=d");
console.log("after");
return { one: done.output.one, two: done.output.two, side: done.output.side, asked };
""",
    ".py": """
async def agent(name, tools):
    return await Agent.new(name=name, model="counted", tools=tools, approve=["mark"])

helper = await agent("helper", ["mark"])
flow = await Workflow.parallel(name="flow", timeout=600, steps=[
    {"name": "one", "agent": await agent("one", ["mark"]), "action": "use mark name=a use mark name=b"},
    {"name": "two", "agent": await agent("two", ["mark"]), "action": "use mark name=c"},
    {"name": "side", "tool": "mark", "input": {"name": "side"}},
])
print("before")
done = await flow.execute({})
print("between")
boss = await Agent.new(name="boss", model="counted", tools=[helper])
asked = await boss.chat("use ask_helper input=use_mark_name=d")
print("after")
{"one": done["output"]["one"], "two": done["output"]["two"], "side": done["output"]["side"], "asked": asked}
""",
}

DECISIONS: dict[str, object] = {
    "a": "approve",
    "b": {"reason": "not b"},
    "c": {"arguments": {"name": "other"}},
    "d": "approve",
}
"""What people decide, by what the call would mark."""

VALUE = {
    "one": "3 messages, the last 2",
    "two": "3 messages, the last 1",
    "side": "marked side",
    "asked": "3 messages, the last 1",
}
MARKED = ("mark a", "mark d", "mark other", "mark side")
PRINTED = ["before", "between", "after"]
