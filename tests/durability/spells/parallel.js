// Effects side by side, of which those that were begun first end last.
const say = async (tool, given) => (await (await Tools.get(tool)).execute(given)).result;
const looks = [1, 2, 3, 4].map(async (number) => {
  await Async.sleep(4 * (5 - number));
  return await say("look", { name: `look${number}` });
});
const mark = async (name, wait) => { await say("mark", { name, wait }); return name; };
return await Promise.all([...looks, mark("five", 0), mark("six", 0.01)]);
