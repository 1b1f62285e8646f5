#!/usr/bin/env llmspell-js
// One spell of several languages: parts in JavaScript, Python and Lua share a run, and functions go both ways.
//     llmspell run contrib/spells/cross_language.js
// Steps in cross_language.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

// What a part exports are functions here, whatever language they are written in.
const words = await Spell.load("parts/words.js");
const numbers = await Spell.load("parts/numbers.py");
await Spell.load("parts/guard.lua", { params: { most: 8 } });

// A function of this spell is called from JavaScript, once for each word.
const lengths = await words.map("Twelve plums, three pears.", (word) => word.length);
console.log(`lengths: ${lengths.join(" ")}`);

// Arrays go to Python and come back.
const about = await numbers.describe(lengths);
console.log(`median ${about.median}, mode ${about.mode}`);

// An agent of this spell calls the tool of the Python part, and the hook of the Lua part decides about it.
const agent = new Agent({ name: "statistician", tools: ["spread"] });
const result = await agent.execute(`How much do the numbers ${JSON.stringify(lengths)} differ?`);
for (const call of result.tool_calls) console.log(`${call.name}: ${call.outcome}`);
console.log(result.content);
