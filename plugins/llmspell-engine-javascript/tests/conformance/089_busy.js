await Tools.open_gate.execute({ gate: "begun" });
for (;;);
