#!/usr/bin/env llmspell-js
// Streaming: show an answer while it is being written, see the tools at work, stop when you have enough.
//     llmspell run contrib/spells/streaming.js
// Steps in streaming.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

const agent = new Agent({ name: "timekeeper", tools: ["calculator"] });

// The parts of an answer have types; the last part is `done` and has all that `execute` returns.
for await (const part of agent.stream("How many minutes has a day?")) {
  if (part.type === "text") {
    console.log(`text: ${part.text}`);
  } else if (part.type === "tool_result") {
    console.log(`tool: ${part.name} was ${part.outcome}`);
  } else if (part.type === "done") {
    console.log(`whole: ${part.content.length} characters, ${part.tool_calls.length} tool call`);
  }
}

// Leaving the loop cancels the run: the model stops writing, nothing more is paid for.
for await (const part of agent.stream("And once more, please.")) {
  if (part.type === "text") {
    console.log(`enough after: ${part.text}`);
    break;
  }
}
