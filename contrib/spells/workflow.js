#!/usr/bin/env llmspell-js
// A workflow: writers side by side, a loop that shortens the text, a choice, and a step that is tried again.
//     llmspell run contrib/spells/workflow.js
// Steps in workflow.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

for (const name of ["poet", "engineer"]) {
  await Agent.new({ name, systemPrompt: `You are a ${name}.` });
}

// A phase is a step with steps of its own. What it gives is put together by the name of each writer.
const drafts = {
  name: "drafts",
  type: "parallel",
  agents: [
    { agent: "poet", action: "Say what {{topic}} is." },
    { agent: "engineer", action: "Say how {{topic}} works." },
  ],
};

// A loop has a bound; `text` is known after it, because a phase is a part of the workflow.
const shorten = {
  name: "shorten",
  type: "loop",
  condition: (context) => context.text.length > context.most,
  maxIterations: 20,
  steps: [{ name: "cut", run: (context) => context.text.match(/^(.*) \S+$/)[1], output: "text" }],
};

let tries = 0;
function send() {
  tries += 1;
  if (tries === 1) throw new Error("the mailbox is busy");
  return "sent";
}

const report = new Workflow.Sequential({
  name: "report",
  steps: [
    drafts,
    { name: "join", run: (context, text) => text, input: "{{drafts.poet}} {{drafts.engineer}}", output: "text" },
    shorten,
    { name: "judge", type: "conditional", condition: "{{gt text.length 30}}",
      ifTrue: { run: () => "long" }, ifFalse: { run: () => "short" } },
    { name: "send", run: send, retry: { attempts: 3, delay: "1ms" } },
  ],
});

await report.onStepComplete((step) => { console.log(`done: ${step.name}`); });
const result = await report.execute({ topic: "a lighthouse", most: 40 });
console.log(result.text);
console.log(`${result.judge}, ${result.output} at attempt ${result.steps.send.attempts}`);

// Everything that is wrong is told when a workflow is made.
try {
  await Workflow.graph({ name: "knot", steps: [
    { name: "egg", run: print, dependsOn: "hen" },
    { name: "hen", run: print, dependsOn: "egg" },
  ] });
} catch (problem) {
  console.log(`${problem.type}: ${problem.context.faults[0].message}`);
}
