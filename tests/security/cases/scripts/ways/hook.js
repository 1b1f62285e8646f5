let begun = false;
let told = null;
const probe = await Tool.new({ name: "probe", description: "A tool", parameters: {}, execute: () => "done" });
async function attempt() {
@SCRIPT@
}
await Hooks.register("before_tool_execution", async () => {
  if (begun) return; // a tool that the script itself calls
  begun = true;
  try { told = { value: await attempt() }; } catch (error) { told = { error }; }
});
await probe.execute({});
if ("error" in told) throw told.error;
return told.value;
