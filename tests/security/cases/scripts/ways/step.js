let told = null;
async function attempt() {
@SCRIPT@
}
const probe = new Workflow.Sequential({
  name: "probe",
  steps: [{
    name: "step",
    run: async () => {
      try { told = { value: await attempt() }; } catch (error) { told = { error }; }
      return "done";
    },
  }],
});
await probe.execute({});
if ("error" in told) throw told.error;
return told.value;
