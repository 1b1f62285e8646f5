// A workflow that is paused from within, looked at, and gone on with.
const mark = async (name) => await (await Tools.get("mark")).execute({ name });
const flow = await Workflow.loop({ name: "rounds", count: 3, collect: true, steps: [
  { name: "one", run: async (context) => { await mark(`round ${context.index}`); return context.index; } },
] });
let told = 0;
await flow.onStepComplete(async (step, output) => {
  told += 1;
  if (output === 1) await flow.pause();
});
const run = await flow.start();
await Async.yieldUntil(async () => (await run.status()).state === "paused");
await run.resume();
return { rounds: (await run.wait()).output, told };
