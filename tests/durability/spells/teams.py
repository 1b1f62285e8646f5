# A team at work side by side and in turn, and a model that hands over to another agent.
async def member(name):
    return await Agent.create(name=name, model="counted", tools=["mark"])


steps = [
    {"agent": "north", "name": "one", "task": "use mark name=north"},
    {"agent": "south", "name": "two", "task": "use mark name=south"},
]
agents = [await member("north"), await member("south")]
sides = await Collaboration.start(agents=agents, strategy="parallel", steps=steps)
turns = await Collaboration.start(agents=[await member("first"), await member("last")], task="tell")
billing = await Agent.create(name="billing", model="counted", description="Knows bills.", tools=["look"])
triage = await Agent.create(name="triage", model="counted", handoffs=[billing])
given = await triage.execute("use transfer_to_billing reason=money")
{
    "sides": sides["success"],
    "asked": sides["usage"]["requests"],
    "turns": turns["usage"]["requests"],
    "agent": given["metadata"]["agent"],
}
