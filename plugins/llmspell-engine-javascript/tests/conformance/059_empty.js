const tell = async (value) => (await Tools.tell.execute({ value })).result;
const [list, map] = [await tell([]), await tell({})];
await tell(list);
await tell(map);
