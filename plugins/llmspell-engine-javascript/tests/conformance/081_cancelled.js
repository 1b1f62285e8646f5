await Tools.open_gate.execute({ gate: "begun" });
if (params.busy) for (;;);
await Tools.wait_for.execute({ gate: "never" });
