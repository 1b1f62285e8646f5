// What a workflow within a step did is taken back when another step fails beside it, and when it is cancelled.
const doing = (name) => ({ name, tool: "mark", input: { name }, compensate: { tool: "mark", input: { name: `no ${name}` } } });
const trip = await Workflow.sequential({ name: "trip", steps: [doing("flight"), doing("hotel"),
  { name: "wait", run: () => Async.sleep("1h") }] });
const booked = async () => (await trip.getStatus()).current[0] === "wait";
const problem = async (flow) => { try { await flow.execute({}); return true; } catch (found) { return found.type; } };
const beside = await Workflow.parallel({ name: "beside", steps: [{ name: "trip", workflow: trip },
  { name: "bad", run: async () => { await Async.yieldUntil(booked); await (await Tools.get("broken")).execute({ name: "bad" }); } }] });
const first = await problem(beside);
const held = await Workflow.saga({ name: "held", steps: [doing("paid"), { name: "in", workflow: trip }] });
const run = await held.start();
await Async.yieldUntil(booked);
await run.cancel();
let cancelled;
try { await run.wait(); } catch (found) { cancelled = found.type; }
return [first, cancelled];
