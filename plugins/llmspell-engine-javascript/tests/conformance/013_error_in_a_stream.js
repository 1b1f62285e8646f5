const agent = new Agent({ name: "a", tools: ["echo"] });
let seen = 0;
try {
  for await (const _ of agent.stream("go")) seen += 1;
} catch (fault) {
  return [false, fault.type, seen > 0];
}
