#!/usr/bin/env llmspell-js
// What fails, and what to do then: read the error, try again, fall back, mend it for a whole spell, tidy up.
//     llmspell run contrib/spells/error_recovery.js
// Steps in error_recovery.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

// A failure throws an error with a type, a code, a message and suggestions.
try {
  await Tools.get("calculater");
} catch (problem) {
  console.log(`${problem.code}\t${problem.type}\t${problem.message}`);
  console.log(`  ${problem.suggestions[0]}`);
}

// What may succeed the next time is tried again, after a pause that grows.
const line = ["busy", "busy", "sunny"];
const forecast = await Async.retry(
  async () => {
    const reply = line.shift();
    if (reply === "busy") throw new LlmspellError("the line is busy", { type: "network" });
    return reply;
  },
  { attempts: 5, delay: 1, backoff: 2 },
);
console.log(`forecast: ${forecast}`);

// A failure can also be an answer, and a strategy says what to use instead.
const answer = await Tools.calculator.execute({ expression: "sqrt(-1" }, { onError: "return" });
const outcome = await ErrorHandler.attemptRecovery(answer.error, { type: "fallback", value: "no number" });
console.log(`${answer.error.type}: ${outcome.result}`);

// A hook on errors mends them wherever they happen, also in what an agent does.
await Hooks.register("toolError", (context) => {
  console.log(`mended: ${context.tool}`);
  return { text: "division by zero gives no number" };
});
const agent = new Agent({ name: "mathematician", tools: ["calculator"] });
console.log(await agent.chat("What is one divided by zero?"));

// A resource is closed, whatever happens while it is used.
const file = { close: () => console.log("closed") };
try {
  await Async.withResource(file, () => {
    throw new Error("half way");
  });
} catch {
  console.log("failed, and tidied up");
}
