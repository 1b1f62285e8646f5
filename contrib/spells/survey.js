#!/usr/bin/env llmspell-js
// An agent surveys a project's documentation: the JavaScript twin of survey.lua.
//     llmspell run contrib/spells/survey.js --allow-read=docs --allow-write=build
// Without a configured model, the steps in survey.model.json play its part; tools, files, hooks and store are the same.

const target = "build/survey.md";

const surveyor = new Agent({
  name: "surveyor",
  systemPrompt: `
You survey the documentation of a project. List the Markdown files below docs/ with their sizes, read each of them, compute the mean
size with the calculator, render a report with template_processor and write it to build/survey.md with file_writer. Answer with one
sentence that tells how many files there are and where the report is.`,
  tools: ["directory_lister", "file_reader", "calculator", "template_processor", "file_writer"],
  limits: { toolCalls: 1000 }, // one for each file, and a few more
});

// A guard in the script's own language: the agent may write its report and nothing else.
await Hooks.register("beforeToolExecution", (context) => {
  if (context.tool === "file_writer" && context.input.path !== target) {
    return { refuse: `the surveyor writes ${target} only` };
  }
});

// And an observer: what the agent does, as it happens (shown with --verbose).
await Events.subscribe("tool_execution_completed", (event) => {
  log.debug(`${event.data.subject} took ${(event.data.seconds * 1000).toFixed(1)} ms`);
});

const result = await surveyor.execute({ input: `Survey docs/ and write the report to ${target}.` });

const runs = ((await Storage.get("runs")) ?? 0) + 1;
await Storage.set("runs", runs);

const used = {};
for (const call of result.tool_calls) {
  used[call.name] = (used[call.name] ?? 0) + 1;
  if (call.outcome !== "done") console.log(`  ${call.name}: ${call.outcome}`);
}

console.log(result.content);
console.log("tools used: " + Object.keys(used).sort().map((tool) => `${tool} x${used[tool]}`).join(", "));
return { report: target, tool_calls: result.tool_calls.length, runs };
