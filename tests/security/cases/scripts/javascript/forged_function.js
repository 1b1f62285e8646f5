// run: a function of another script, by its number
for (let id = 0; id <= 20; id += 1) {
  try {
    const tool = await Tool.new({ name: `x${id}`, description: "x", parameters: {}, execute: { $fn: id } });
    await tool.execute({});
    return `reached function ${id}`;
  } catch {}
}
return "held";
