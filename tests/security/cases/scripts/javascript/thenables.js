// host: the engine's answers, by an object that it takes for a promise
let given = null;
const thenable = { then(resolve, reject) { given = [String(resolve), String(reject), this === thenable]; resolve("done"); } };
const value = await thenable;
await Async.all([thenable, async () => thenable]);
const tool = await Tool.new({ name: "x", description: "x", parameters: {}, execute: () => thenable });
await tool.execute({});
return value === "done" && !/door|settle|post/.test(String(given)) ? "held" : "reached";
