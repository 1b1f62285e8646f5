const list = [1];
const call = Tools.tell.execute({ value: list });
list[0] = 2;
(await call).result[0] = 3;
return (await Tools.tell.execute({ value: [1] })).result;
