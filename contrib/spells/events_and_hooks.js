#!/usr/bin/env llmspell-js
// Events tell what happened; hooks decide what happens. Here both watch an agent and its tools.
//     llmspell run contrib/spells/events_and_hooks.js
// Steps in events_and_hooks.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

const agent = new Agent({ name: "mathematician", tools: ["calculator", "hash_calculator"] });

// Before a tool runs, a hook may change the call or refuse it. Nothing returned means: no opinion.
await Hooks.register("beforeToolExecution", (context) => {
  if (context.tool === "hash_calculator") {
    return { refuse: "no hashes today" };
  }
  context.input.expression = `(${context.input.expression}) * 10`;
  return context;
});

// After it, a hook sees the result and may replace it. A filter says which calls it is for.
await Hooks.register("afterToolExecution", {
  when: { tool: "calculator" },
  handler(context) {
    console.log(`hook: the calculator gave ${context.output.value}`);
  },
});

// Around it, a hook runs what is inside, as often as it likes.
await Hooks.register("aroundLlmCall", async (context, proceed) => {
  const completion = await proceed.run();
  console.log(`hook: the model said ${completion.content.length} characters`);
  return completion;
});

// Events go to every subscriber whose pattern fits. Handlers run beside the spell.
const seen = [];
await Events.subscribe("tool_execution_*", (event) => {
  seen.push(`${event.name.replace("tool_execution_", "")} ${event.subject}`);
});

// A spell has events of its own, too.
await Events.subscribe("greeting", (event) => {
  console.log(`event: ${event.text} from ${event.source}`);
});
await Events.emit("greeting", { text: "hello" });
await Events.flush(); // wait until the handlers have dealt with what happened so far

console.log(await agent.chat("What are two and two, and the hash of a secret?"));

await Events.flush();
console.log(`events: ${seen.sort().join(", ")}`);
