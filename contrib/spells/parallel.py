#!/usr/bin/env llmspell-python
"""Calls side by side: all of them, the first of them, those that failed, and one that takes too long.

llmspell run contrib/spells/parallel.py

Steps in parallel.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

import asyncio

from llmspell import Agent, Async, Tools


async def ask(place):
    guide = await Agent.new(name=place)
    return await guide.chat(place)


# Calls are run side by side by Python's own `asyncio.gather`, which gives their results in order.
for answer in await asyncio.gather(*(ask(place) for place in ("Lisbon", "Kyoto", "Quito"))):
    print(answer)


async def after(delay, text):
    await Async.sleep(delay)
    return text


# `Async.race` gives the first result and cancels the others.
first = await Async.race([after("1m", "the slow one"), after(10, "the quick one")])
print(f"first: {first}")


async def calculate(expression):
    return (await Tools.calculator.execute(expression=expression)).value


# `Async.all_settled` keeps going when one fails, and tells how each ended.
for one in await Async.all_settled([calculate("6 * 7"), calculate("1 / 0")]):
    print(f"{one.status}: {one.value if one.status == 'fulfilled' else one.reason.type}")

# `asyncio.timeout` gives up on what stands in it, and cancels what it was waiting for.
try:
    async with asyncio.timeout(0.02):
        await Async.sleep("1m")
except TimeoutError:
    print("given up: timeout")
