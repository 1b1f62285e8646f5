# A conversation that goes from one agent to another.
second = await Agent.create(name="second", model="counted", tools=["mark"])
first = await Agent.create(name="first", model="counted", tools=["mark"])
one = await first.chat("use mark name=one")
given = await first.handoff(to="second", input="use mark name=two")
third = await first.delegate_to(second, "use mark name=three")
{"one": one, "given": given.success, "third": third.success}
