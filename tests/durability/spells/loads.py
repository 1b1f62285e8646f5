# Functions of a spell in another language, called with functions of this one.
text = await Spell.load("loaded/words.js")


async def shout(word):
    await (await Tools.get("look")).execute({"name": word})
    return word.upper()


found = await text.each("a small spell", shout)
{"found": found, "counted": await text.count("one two")}
