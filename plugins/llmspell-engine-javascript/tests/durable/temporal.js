const now = () => [Temporal.Now.timeZoneId(), `${Temporal.Now.instant()}`, `${Temporal.Now.zonedDateTimeISO()}`, `${Temporal.Now.plainDateTimeISO()}`, `${Temporal.Now.plainDateISO("Asia/Tokyo")}`, `${Temporal.Now.plainTimeISO()}`];
const first = now();
await Probe.echo(1);
return [first, now(), Temporal.Now.instant().toLocaleString(), Temporal.Now.plainDateISO().toLocaleString(), Temporal.Now.zonedDateTimeISO("Asia/Tokyo").toLocaleString(), `${new Date().toTemporalInstant()}`];
