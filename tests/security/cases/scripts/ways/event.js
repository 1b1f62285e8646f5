let told = null;
const { emit, flush } = Events;
async function attempt() {
@SCRIPT@
}
await Events.subscribe("probe", async () => {
  try { told = { value: await attempt() }; } catch (error) { told = { error }; }
});
await emit("probe", {});
await flush();
if ("error" in told) throw told.error;
return told.value;
