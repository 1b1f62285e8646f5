#!/usr/bin/env llmspell-js
// Tools: find one, read what it takes, call it, pass a result on, be told what was wrong.
//     llmspell run contrib/spells/tools.js

// The catalogue is searched by words; the best match comes first.
const [found] = await Tools.search("mathematical expression");
console.log(`${found.name}: ${await found.getDescription()}`);
console.log(`it must be given: ${(await found.getInputSchema()).required.join(", ")}`);

// Whoever knows the name writes `Tools.name`. Arguments have names, and so have the parts of a result.
const mean = await Tools.calculator.execute({ expression: "(a + b) / 2", variables: { a: 3, b: 4 } });
console.log(`mean: ${mean.value}`);

// What one tool gives, the next one takes.
const words = await Tools.textManipulator.execute({ text: "the quick brown fox", operations: ["words"] });
const title = await Tools.templateProcessor.execute({
  template: "{{#each words}}[{{this}}]{{/each}}",
  variables: { words: words.value },
});
console.log(title.text);

// A failure throws; with `onError: "return"` it is an answer.
const answer = await Tools.calculator.execute({ expresion: "1 + 1" }, { onError: "return" });
console.log(`without its expression: ${answer.error.type} error`);
