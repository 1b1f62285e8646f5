const make = new Function("return [Date.now(), Math.random(), `${new Date(0)}`]");
const other = new (async () => {}).constructor("await Probe.echo(1); return Date.now()");
return [make(), await other(), eval("new Date().getHours()"), new (new Date().constructor)().getTime(), Reflect.construct(Date, []).getTime(), structuredClone(new Date(5)).constructor === Date];
