// Functions of a spell in another language, called with functions of this one.
const text = await Spell.load("loaded/words.lua");
const found = await text.each("a small spell", async (word) => {
  await (await Tools.get("look")).execute({ name: word });
  return word.toUpperCase();
});
return { found, counted: await text.count("one two") };
