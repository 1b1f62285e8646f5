Math.floor = () => 0; Array.prototype.push = () => 0; Date.prototype.toISOString = () => "mine"; String.prototype.slice = () => "";
Object.prototype.timeZone = "Asia/Tokyo"; Error.stackTraceLimit = 5;
await Probe.echo(1);
return [Date.now(), `${new Date()}`, new Date().toLocaleTimeString(), Math.random(), Date.parse("2020-06-01T12:00")];
