const format = new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "medium" });
const first = [format.format(), format.formatToParts().map((part) => part.value), format.format === format.format];
await Probe.echo(1);
return [first, format.format(), [0, 86400000].map(format.format), format.formatRange(0, 5000)];
