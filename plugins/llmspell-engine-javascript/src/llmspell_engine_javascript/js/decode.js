// Values of the kernel: parsed JSON whose forms become handles, streams, functions, bytes, dates and big integers.
const FORM = /"\$/;
const ZONE = /(?:Z|[+-]\d\d:?\d\d)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

const dates = new P.SafeWeakMap(); // Date -> {time, text}: a date goes back as it came, to its last microsecond

P.dateForm = (value) => {
  const known = dates.get(value);
  return known && known.time === P.dateTime(value) ? known.text : P.dateText(value);
};

function dateOf(text) {
  // Without a zone JavaScript would take the one of the machine.
  const date = new P.Date(P.test(DAY, text) || P.test(ZONE, text) ? text : `${text}Z`);
  dates.set(date, { __proto__: null, time: P.dateTime(date), text });
  return date;
}

function formOf(map, key) {
  const body = map[key];
  switch (key) {
    case "$h":
      if (body[0] === "function") return P.foreignFunction(body[1]);
      return P.handle(body[0], body[1], P.hasOwn(map, "$v") ? revived(map.$v) : null);
    case "$fn":
      return P.callbacks.get(body);
    case "$s":
      return P.stream(body);
    case "$b":
      return P.bytesFrom(body);
    case "$d":
      return dateOf(body);
    case "$i":
      return P.BigInt(body);
  }
  return unescaped(map);
}

function unescaped(map) {
  const out = {};
  const keys = P.keys(map);
  for (let i = 0; i < keys.length; i += 1) {
    const key = P.code(keys[i], 0) === 36 ? P.slice(keys[i], 1) : keys[i];
    P.own(out, key, revived(map[keys[i]]));
  }
  return out;
}

function revived(value) {
  if (typeof value !== "object" || value === null) return value;
  const keys = P.keys(value);
  if (!P.isArray(value)) {
    for (let i = 0; i < keys.length; i += 1) {
      if (P.code(keys[i], 0) === 36) return formOf(value, keys[0]);
    }
  }
  for (let i = 0; i < keys.length; i += 1) {
    const item = value[keys[i]];
    if (typeof item === "object" && item !== null) {
      const made = revived(item);
      if (made !== item) P.defineProperty(value, keys[i], { __proto__: null, value: made });
    }
  }
  return value;
}

// Decode JSON text of the kernel. Most of it has no forms and is what the parser makes of it.
P.decodeWire = (text) => {
  const value = P.parse(text);
  return P.test(FORM, text) ? revived(value) : value;
};
P.revived = revived;
