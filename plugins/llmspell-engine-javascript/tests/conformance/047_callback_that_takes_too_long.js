const slow = new Tool({ name: "slow", timeout: "30ms", execute: () => Tools.waitFor.execute({ gate: "never" }) });
const e = await slow.execute({}).catch((one) => one);
return [false, e.type, (await Tools.echo.execute({ value: "going on" })).result];
