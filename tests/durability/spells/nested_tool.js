// A tool of the script calls tools, by itself and for a model.
let count = 0;
const both = await Tools.create({
  name: "both", description: "Does two things.",
  parameters: { type: "object", properties: { name: { type: "string" } } },
  execute: async (given) => {
    count += 1;
    await (await Tools.get("mark")).execute({ name: given.name + count });
    const seen = (await (await Tools.get("look")).execute({ name: given.name })).result;
    return { seen };
  },
});
const use = async (name) => (await both.execute({ name })).result.seen;
const first = await use("a");
const sides = await Promise.all([use("b"), use("c")]);
const agent = await Agent.create({ name: "asker", model: "counted", tools: [both] });
const answer = await agent.chat("please use both name=d now");
return { first, sides, answer, count };
