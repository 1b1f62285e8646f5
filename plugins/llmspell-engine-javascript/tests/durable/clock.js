const first = [Date.now(), new Date().toISOString(), Date(), `${new Date()}`, new Date().getTimezoneOffset()];
await Probe.echo(1);
class Mine extends Date { shown() { return this.toISOString(); } }
return [first, Date.now(), +new Date(), new Mine().shown(), new Mine() instanceof Date, new Date().constructor === Date, Date.length, Date.name];
