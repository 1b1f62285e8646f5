-- Functions of a spell in another language, called with functions of this one.
local text = Spell.load("loaded/words.js")
local found = text.each("a small spell", function(word)
  Tools.get("look"):execute({ name = word })
  return word:upper()
end)
return { found = found, counted = text.count("one two") }
