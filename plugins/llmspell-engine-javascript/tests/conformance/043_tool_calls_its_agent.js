let agent;
let depth = 0;
const deeper = new Tool({ name: "deeper", execute: async () => {
  depth += 1;
  if (depth === 2) return { said: "ground" };
  return { said: `under ${await agent.chat("once more")}` };
} });
agent = new Agent({ name: "a", tools: [deeper] });
return await agent.chat("go");
