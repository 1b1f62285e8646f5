// run: a tool that another run has made
const found = (await Tools.list()).find((tool) => tool.name === "other_tool");
if (found) return `reached ${found.description}`;
try { return await (await Tools.get("other_tool")).execute({}); } catch {}
return "held";
