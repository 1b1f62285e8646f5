// What was done is taken back when a later step fails; a step that fails at first is tried again.
let tries = 0;
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const flow = await Workflow.saga({ name: "trip", steps: [
  { name: "flight", tool: "mark", input: { name: "flight" }, compensate: { tool: "mark", input: { name: "no flight" } } },
  {
    name: "hotel", retry: { attempts: 3, delay: 0.01 },
    run: async () => { tries += 1; if (tries < 3) throw new Error("full"); return await say("look", "hotel"); },
    compensate: { run: async () => { await say("mark", "no hotel"); } },
  },
  { name: "car", tool: "broken", input: { name: "car" } },
] });
let problem = null;
try { await flow.execute({}); } catch (error) { problem = error.type; }
return { problem, tries };
