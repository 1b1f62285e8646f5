const agent = new Agent({ name: "a", tools: ["wait_for"] });
for await (const part of agent.stream("go")) {
  if (part.type === "finish") {
    await Tools.waitFor.execute({ gate: "never awaited" });
    break;
  }
}
return (await Tools.waitFor.execute({ gate: "never given up", value: "closed" })).result;
