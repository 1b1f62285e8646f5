// What the spells beside load.
let calls = 0;
exports.count = async (text) => {
  await (await Tools.get("mark")).execute({ name: `counted ${++calls}` });
  return text.split(" ").length;
};
exports.each = async (text, work) => {
  const found = [];
  for (const word of text.split(" ")) found.push(await work(word));
  return found;
};
