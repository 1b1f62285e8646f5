#!/usr/bin/env llmspell-js
// Calls side by side: all of them, the first of them, those that failed, and one that takes too long.
//     llmspell run contrib/spells/parallel.js
// Steps in parallel.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

// Promises are run side by side by JavaScript's own `Promise.all`, which gives their results in order.
const places = ["Lisbon", "Kyoto", "Quito"];
const answers = await Promise.all(
  places.map((place) => {
    const guide = new Agent({ name: place });
    return guide.chat(place);
  }),
);
for (const answer of answers) console.log(answer);

// `Async` does the same with functions, and can therefore cancel: `race` gives the first result and stops the others.
const first = await Async.race([
  async () => {
    await Async.sleep("1m");
    return "the slow one";
  },
  async () => {
    await Async.sleep(10);
    return "the quick one";
  },
]);
console.log(`first: ${first}`);

// `allSettled` keeps going when one fails, and tells how each ended.
const settled = await Async.allSettled([
  async () => (await Tools.calculator.execute({ expression: "6 * 7" })).value,
  async () => (await Tools.calculator.execute({ expression: "1 / 0" })).value,
]);
for (const one of settled) {
  console.log(`${one.status}: ${one.value ?? one.reason.type}`);
}

// `timeout` gives up on a job, and cancels what the job was waiting for.
try {
  await Async.timeout(() => Async.sleep("1m"), 20);
} catch (problem) {
  console.log(`given up: ${problem.type}`);
}
