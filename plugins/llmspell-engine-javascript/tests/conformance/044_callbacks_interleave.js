const job = new Tool({ name: "job", parameters: { name: "string" }, execute: async ({ name }) => {
  await Tools.tell.execute({ value: `${name} begins` });
  await Tools.waitFor.execute({ gate: name === "a" ? "b done" : "b done awaited" });
  await Tools.tell.execute({ value: `${name} ends` });
  await Tools.openGate.execute({ gate: `${name} done` });
  return name;
} });
return await new Agent({ name: "x", tools: [job] }).chat("go");
