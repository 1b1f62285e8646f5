// Every kind of workflow, with tools and functions as steps.
const doing = (name) => ({ name, tool: "mark", input: { name } });
const seen = (name) => ({ name, tool: "look", input: { name: `${name}{{item}}` } });
const looking = (name, subject, more) => ({ name, tool: "look", input: { name: subject }, ...more });
const found = {};
const add = async (what, flow, given = {}) => { found[what] = (await (await flow).execute(given)).output; };
await (await Workflow.sequential({ name: "s", steps: [doing("s1"), doing("s2")] })).execute({});
await (await Workflow.parallel({ name: "p", steps: [doing("p1"), doing("p2"), doing("p3")] })).execute({});
await add("conditional", Workflow.conditional({
  name: "c", condition: (given) => given.go, if_true: looking("yes", "yes"), if_false: doing("no"),
}), { go: true });
await add("loop", Workflow.loop({ name: "l", items: ["x", "y"], collect: true, steps: [seen("l")] }));
await add("fan_out", Workflow.fanOut({ name: "f", items: ["x", "y", "z"], max_concurrency: 2, steps: [seen("f")] }));
await add("map_reduce", Workflow.mapReduce({
  name: "m", items: ["x", "y"], map: seen("m"), reduce: { name: "r", run: (context) => context.results.length },
}));
await add("pipeline", Workflow.pipeline({
  name: "pl", items: ["x", "y"], steps: [seen("pl"), { name: "end", run: (context) => `${context.pl}!` }],
}));
await add("graph", Workflow.graph({ name: "g", steps: [
  looking("a", "ga"), looking("b", "gb", { depends_on: "a" }), looking("c", "gc", { depends_on: "a" }),
  { name: "d", run: (context) => context.b + context.c, depends_on: ["b", "c"] },
] }));
await add("custom", Workflow.custom({
  name: "cu", steps: [{ name: "cu", tool: "look" }], execute: async (_, run) => await run("cu", { name: "cu1" }),
}));
return found;
