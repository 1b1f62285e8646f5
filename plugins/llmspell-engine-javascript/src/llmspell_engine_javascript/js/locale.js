// The locale of a durable spell: where a script names none that V8 knows, American English, and UTC where it names no
// time zone. Both are the machine's otherwise.
const FALLBACK = "en-US";
const KINDS = [
  "Collator", "DateTimeFormat", "DisplayNames", "DurationFormat", "ListFormat", "NumberFormat", "PluralRules",
  "RelativeTimeFormat", "Segmenter", "v8BreakIterator",
]; // prettier-ignore
const canonical = Intl.getCanonicalLocales;
const { apply } = P;

// Give the locales that a script names, and ours below them.
function locales(given) {
  const list = apply(canonical, Intl, [given]);
  P.append(list, FALLBACK);
  return list;
}

function zoned(options) {
  if (options === undefined) return { __proto__: null, timeZone: "UTC" };
  if (options === null || options.timeZone !== undefined) return options;
  return { __proto__: options, timeZone: "UTC" };
}

// Replace a method whose argument at `place` names locales and the next one options.
function replace(prototype, name, place, withOptions) {
  const native = prototype[name];
  const { [name]: made } = {
    [name](...given) {
      const list = [];
      for (let i = 0; i < place; i += 1) P.own(list, i, given[i]);
      P.own(list, place, locales(given[place]));
      P.own(list, place + 1, withOptions(given[place + 1]));
      return apply(native, this, list);
    },
  };
  P.hidden(prototype, name, made);
}

function asGiven(options) {
  return options;
}

function replaceKind(name) {
  const native = Intl[name];
  const optionsOf = name === "DateTimeFormat" ? zoned : asGiven;
  const made = new Proxy(native, {
    __proto__: null,
    construct(target, given, newTarget) {
      const list = [locales(given[0]), optionsOf(given[1])];
      return P.construct(target, list, newTarget === made ? target : newTarget);
    },
    apply(target, self, given) {
      return apply(target, self, [locales(given[0]), optionsOf(given[1])]);
    },
  });
  P.hidden(native.prototype, "constructor", made);
  P.hidden(Intl, name, made);
}

// A format without a time formats the present.
function replaceFormat() {
  const prototype = Intl.DateTimeFormat.prototype;
  const format = P.descriptor(prototype, "format").get;
  const parts = prototype.formatToParts;
  const bound = new P.SafeWeakMap();
  P.defineProperty(prototype, "format", {
    __proto__: null,
    get() {
      let made = bound.get(this);
      if (made === undefined) {
        const native = apply(format, this, []);
        made = (date) => native(date === undefined ? P.now() : date);
        bound.set(this, made);
      }
      return made;
    },
    configurable: true,
    enumerable: false,
  });
  P.hidden(prototype, "formatToParts", function formatToParts(date) {
    return apply(parts, this, [date === undefined ? P.now() : date]);
  });
}

function replaceTemporal() {
  const names = ["Duration", "PlainDate", "PlainDateTime", "PlainMonthDay", "PlainTime", "PlainYearMonth", "ZonedDateTime"];
  for (let i = 0; i < names.length; i += 1) replace(Temporal[names[i]].prototype, "toLocaleString", 0, asGiven);
  replace(Temporal.Instant.prototype, "toLocaleString", 0, zoned);
}

P.replaceLocale = () => {
  replaceFormat();
  for (let i = 0; i < KINDS.length; i += 1) {
    if (typeof Intl[KINDS[i]] === "function") replaceKind(KINDS[i]);
  }
  replace(P.Date.prototype, "toLocaleString", 0, zoned);
  replace(P.Date.prototype, "toLocaleDateString", 0, zoned);
  replace(P.Date.prototype, "toLocaleTimeString", 0, zoned);
  replace(P.Number.prototype, "toLocaleString", 0, asGiven);
  replace(P.BigInt.prototype, "toLocaleString", 0, asGiven);
  replace(P.String.prototype, "localeCompare", 1, asGiven);
  replace(P.String.prototype, "toLocaleLowerCase", 0, asGiven);
  replace(P.String.prototype, "toLocaleUpperCase", 0, asGiven);
  if (typeof Temporal === "object") replaceTemporal();
};
