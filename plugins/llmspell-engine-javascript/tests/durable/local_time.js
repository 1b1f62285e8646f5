const day = new Date(2024, 1, 29, 23, 59, 58, 7);
const names = Object.getOwnPropertyNames(Date.prototype).filter((n) => n.startsWith("get") || (n.startsWith("to") && n !== "toTemporalInstant"));
const out = names.map((name) => [name, day[name]()]);
day.setHours(3, 4, 5); day.setMonth(13); day.setDate(31); day.setFullYear(1999); day.setMinutes(61); day.setSeconds(1); day.setMilliseconds(9);
const old = new Date(day); old.setYear(70);
return [out, day.getTime(), old.getTime(), `${new Date(NaN)}`, String(new Date(NaN).getTimezoneOffset()), new Date(NaN).toDateString(), +new Date(99, 0)];
