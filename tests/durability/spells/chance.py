# Chance and the order of things are those of the run, however often it is taken up.
import random
import uuid

first = random.random()
await (await Tools.get("mark")).execute({"name": "between"})
[first, random.random(), str(uuid.uuid4()), list({"x", "y", "z"})]
