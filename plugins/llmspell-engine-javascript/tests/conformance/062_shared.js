const shared = [1];
const back = (await Tools.tell.execute({ value: { first: shared, second: shared } })).result;
return [back.first, back.second];
