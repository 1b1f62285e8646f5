#!/usr/bin/env llmspell-js
// The smallest spell: a parameter, a tool, a line of output.
//     llmspell run contrib/spells/hello.js --param name=Ada

const name = params.name ?? "world";
const letters = await Tools.get("calculator").execute({ expression: "n * 2", variables: { n: name.length } });

console.log(`Hello, ${name}! Twice the letters of your name make ${letters.value}.`);
return { greeted: name };
