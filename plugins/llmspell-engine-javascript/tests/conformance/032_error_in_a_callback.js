const bad = new Tool({ name: "bad", execute: () => { throw new Error("no"); } });
const e = await bad.execute({}).catch((one) => one);
return [false, e.message.endsWith("no"), (await Tools.echo.execute({ value: "going on" })).result];
