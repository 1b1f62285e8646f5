const { emit } = Events;
async function attempt() {
@SCRIPT@
}
let tell = null;
const told = new Promise((resolve) => { tell = resolve; });
await Events.subscribe("probe", async () => {
  try { tell({ value: await attempt() }); } catch (error) { tell({ error }); }
});
await emit("probe", {});
const found = await told;
if ("error" in found) throw found.error;
return found.value;
