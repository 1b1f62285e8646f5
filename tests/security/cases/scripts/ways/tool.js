let told = null;
async function attempt() {
@SCRIPT@
}
const probe = await Tool.new({
  name: "probe",
  description: "A tool",
  parameters: {},
  execute: async () => {
    try { told = { value: await attempt() }; } catch (error) { told = { error }; }
    return "done";
  },
});
await probe.execute({});
if ("error" in told) throw told.error;
return told.value;
