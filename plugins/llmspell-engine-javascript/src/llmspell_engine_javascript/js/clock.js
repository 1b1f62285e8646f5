// The clock of a durable spell: the time that the kernel said last, in UTC. What the language tells by the machine's own
// clock or time zone is replaced; all else of Date and Temporal stays.
const DAY_ONLY = /^[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?$/; // read as UTC by the language itself
const ZONED = /(?:Z|UTC?|GMT|[ECMP][SD]T|:\d\d(?:\.\d+)?\s*(?:UTC|GMT)?[+-]\d\d:?\d\d)\s*(?:\([^)]*\))?\s*$/i;
const ZONE = "GMT+0000 (Coordinated Universal Time)";
const FIELDS = ["Date", "FullYear", "Hours", "Milliseconds", "Minutes", "Month", "Seconds"];
const { apply, uncurry } = P;
const Native = P.Date;
const native = Native.prototype;
const nativeParse = Native.parse;
const utcTime = Native.UTC;
const utcText = uncurry(native.toUTCString);
const utcYear = uncurry(native.getUTCFullYear);
const setUtcYear = uncurry(native.setUTCFullYear);
const toPrimitive = uncurry(native[Symbol.toPrimitive]);
const primitiveKey = Symbol.toPrimitive;
let now = 0; // milliseconds since 1970

P.setNow = (seconds) => {
  now = P.floor(seconds * 1000 + 0.001); // the product may lie just below what was meant
};
P.durableNow = () => now;

function parse(text) {
  const given = P.String(text);
  if (P.test(DAY_ONLY, given) || P.test(ZONED, given)) return nativeParse(given);
  const time = nativeParse(`${given}Z`);
  return time === time ? time : nativeParse(`${given} UTC`);
}

function dayText(date) {
  const text = utcText(date); // Thu, 01 Jan 1970 00:00:00 GMT
  return `${P.slice(text, 0, 3)} ${P.slice(text, 8, 11)} ${P.slice(text, 5, 7)} ${P.slice(text, 12, -13)}`;
}
function timeText(date) {
  return `${P.slice(utcText(date), -12, -4)} ${ZONE}`;
}
function text(date, make) {
  const time = P.dateTime(date);
  return time === time ? make(date) : "Invalid Date";
}

// Give the one argument of `new Date(...)` as a number, or as whatever the language makes one of.
function moment(value) {
  if (P.isDate(value)) return P.dateTime(value);
  let plain = value;
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const own = value[primitiveKey];
    plain = own === undefined || own === null ? toPrimitive(value, "number") : apply(own, value, ["default"]);
  }
  return typeof plain === "string" ? parse(plain) : plain;
}

function newDate() {
  const made = function Date(_year, _month, _date, _hours, _minutes, _seconds, _ms) {
    if (new.target === undefined) return text(new Native(now), (date) => `${dayText(date)} ${timeText(date)}`);
    const time = arguments.length === 0 ? now : arguments.length === 1 ? moment(arguments[0]) : apply(utcTime, undefined, arguments);
    return P.construct(Native, [time], new.target);
  };
  P.fixed(made, "prototype", native);
  P.hidden(made, "now", { now: () => now }.now);
  P.hidden(made, "parse", { parse: (given) => parse(given) }.parse);
  P.hidden(made, "UTC", utcTime);
  return made;
}

// Let what tells the local time tell UTC.
function replaceLocal() {
  const local = {
    getDay: native.getUTCDay,
    getTimezoneOffset: function getTimezoneOffset() {
      return P.dateTime(this) * 0 + 0; // NaN of an invalid one, and never -0
    },
    getYear: function getYear() {
      return utcYear(this) - 1900;
    },
    setYear: function setYear(year) {
      const whole = +year;
      return setUtcYear(this, whole >= 0 && whole <= 99 ? 1900 + P.floor(whole) : whole);
    },
    toDateString: function toDateString() {
      return text(this, dayText);
    },
    toTimeString: function toTimeString() {
      return text(this, timeText);
    },
    toString: function toString() {
      return text(this, (date) => `${dayText(date)} ${timeText(date)}`);
    },
  };
  for (let i = 0; i < FIELDS.length; i += 1) {
    local[`get${FIELDS[i]}`] = native[`getUTC${FIELDS[i]}`];
    local[`set${FIELDS[i]}`] = native[`setUTC${FIELDS[i]}`];
  }
  const names = P.keys(local);
  for (let i = 0; i < names.length; i += 1) P.hidden(native, names[i], local[names[i]]);
}

function replaceTemporal() {
  const { Instant, Now } = Temporal;
  const fromTime = Instant.fromEpochMilliseconds;
  const inZone = uncurry(Instant.prototype.toZonedDateTimeISO);
  const Zoned = Temporal.ZonedDateTime.prototype;
  const instant = () => apply(fromTime, Instant, [now]);
  const zoned = (zone) => inZone(instant(), zone === undefined ? "UTC" : zone);
  const part = (name) => {
    const take = uncurry(Zoned[name]);
    return (zone) => take(zoned(zone));
  };
  const found = {
    instant,
    timeZoneId: () => "UTC",
    zonedDateTimeISO: zoned,
    plainDateTimeISO: part("toPlainDateTime"),
    plainDateISO: part("toPlainDate"),
    plainTimeISO: part("toPlainTime"),
  };
  const names = P.keys(found);
  for (let i = 0; i < names.length; i += 1) P.hidden(Now, names[i], found[names[i]]);
}

P.replaceClock = () => {
  P.now = P.durableNow;
  const made = newDate();
  P.hidden(native, "constructor", made);
  P.hidden(globalThis, "Date", made);
  replaceLocal();
  if (typeof Temporal === "object") replaceTemporal();
};
