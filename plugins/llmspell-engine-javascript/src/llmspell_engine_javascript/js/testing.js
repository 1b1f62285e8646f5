// Assertions of tests: what they judge is JavaScript's own, so they are done here; the kernel runs tests and reports.
const LONG = 60;
const OwnRegExp = RegExp;
const Assert = { __proto__: null };

// Throw the failure of an assertion. `expected` and `actual` are texts, compared line by line where it is reported.
function failed(name, message, sentence, expected, actual) {
  const text = message === undefined || message === null ? sentence : `${P.String(message)}: ${sentence}`;
  const error = P.makeError("assertion", 4102, text);
  P.own(error, "context", { assertion: name, expected, actual });
  throw error;
}

const isLong = (text) => text.length > LONG || P.indexOf(text, "\n") >= 0;

function differ(name, message, expected, actual) {
  const wanted = P.inspect(expected);
  const got = P.inspect(actual);
  if (isLong(wanted) || isLong(got))
    failed(name, message, "the values differ", P.inspectLines(expected), P.inspectLines(actual));
  failed(name, message, `expected ${wanted}, got ${got}`, wanted, got);
}

// -- equality ---------------------------------------------------------------------------------------------------------

function equalItems(a, b, seen) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!equal(a[i], b[i], seen)) return false;
  return true;
}

function entries(map) {
  const found = [];
  P.mapEach(map, (value, key) => P.append(found, [key, value]));
  return found;
}

function keysOf(map) {
  const found = [];
  P.mapEach(map, (_, key) => P.append(found, key));
  return found;
}

function items(set) {
  const found = [];
  P.setEach(set, (value) => P.append(found, value));
  return found;
}

// Every one of `a` has an equal in `b`, which has as many.
function equalUnordered(a, b, seen) {
  if (a.length !== b.length) return false;
  const taken = [];
  for (let i = 0; i < a.length; i += 1) {
    let at = 0;
    while (at < b.length && (taken[at] === true || !equal(a[i], b[at], seen))) at += 1;
    if (at === b.length) return false;
    P.own(taken, at, true);
  }
  return true;
}

function equalKeys(a, b, seen) {
  const keys = P.keys(a);
  if (keys.length !== P.keys(b).length) return false;
  for (let i = 0; i < keys.length; i += 1) {
    if (!P.hasOwn(b, keys[i]) || !equal(a[keys[i]], b[keys[i]], seen)) return false;
  }
  return true;
}

// Tell values apart by what they are made of; of plain objects, with and without a prototype, only the keys count.
function equal(a, b, seen) {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (P.forms.has(a) || P.forms.has(b)) return false;
  const known = seen || new P.SafeMap();
  if (known.get(a) === b) return true;
  known.set(a, b);
  if (P.isArray(a) || P.isArray(b)) return P.isArray(a) && P.isArray(b) && equalItems(a, b, known);
  if (P.isDate(a) || P.isDate(b)) return P.isDate(a) && P.isDate(b) && P.dateTime(a) === P.dateTime(b);
  if (P.isRegExp(a) || P.isRegExp(b)) return P.isRegExp(a) && P.isRegExp(b) && P.regExpText(a) === P.regExpText(b);
  if (P.isMap(a) || P.isMap(b)) return P.isMap(a) && P.isMap(b) && equalUnordered(entries(a), entries(b), known);
  if (P.isSet(a) || P.isSet(b)) return P.isSet(a) && P.isSet(b) && equalUnordered(items(a), items(b), known);
  if (P.isBuffer(a) && P.isBuffer(b)) return equalItems(P.bytesOf(a), P.bytesOf(b), known);
  if (P.isError(a) && P.isError(b) && P.String(a) !== P.String(b)) return false;
  return equalKeys(a, b, known);
}

Assert.equals = (actual, expected, message) => {
  if (!equal(actual, expected)) differ("equals", message, expected, actual);
};
Assert.notEquals = (actual, expected, message) => {
  if (equal(actual, expected)) failed("not_equals", message, `expected anything but ${P.inspect(expected)}`);
};
Assert.same = (actual, expected, message) => {
  const same = actual === expected || (actual !== actual && expected !== expected);
  if (same) return;
  const but = equal(actual, expected) ? "the same object, got an equal one:" : "the same object as";
  failed("same", message, `expected ${but} ${P.inspect(expected)}`);
};
Assert.notSame = (actual, expected, message) => {
  if (actual === expected) failed("not_same", message, `expected another object than ${P.inspect(expected)}`);
};

// -- one value --------------------------------------------------------------------------------------------------------

function about(spelled, name, wanted, holds) {
  Assert[spelled] = (value, message) => {
    if (holds(value)) return;
    const got = P.inspect(value);
    failed(name, message, `expected ${wanted}, got ${got}`, wanted, got);
  };
}
about("isTrue", "is_true", "true", (value) => value === true);
about("isFalse", "is_false", "false", (value) => value === false);
about("truthy", "truthy", "something true", (value) => Boolean(value));
about("falsy", "falsy", "something false", (value) => !value);
about("isNil", "is_nil", "null or undefined", (value) => value === null || value === undefined);
about("notNil", "not_nil", "a value", (value) => value !== null && value !== undefined);

function typeName(value) {
  if (value === null || value === undefined) return "nil";
  return P.isArray(value) ? "list" : typeof value === "object" ? "map" : typeof value;
}

Assert.type = (value, name, message) => {
  const own = typeName(value);
  const held =
    typeof name === "function"
      ? value instanceof name
      : own === name ||
        typeof value === name ||
        (name === "table" && (own === "list" || own === "map")) ||
        (name === "array" && own === "list") ||
        (name === "null" && value === null);
  if (held) return;
  const wanted = typeof name === "function" ? name.name : P.String(name);
  failed("type", message, `expected a value of type ${wanted}, got ${own} ${P.inspect(value)}`, wanted, own);
};

// Look for a pattern; a text is the source of one.
function search(pattern, text) {
  return P.test(P.isRegExp(pattern) ? pattern : new OwnRegExp(pattern), text);
}

function has(whole, part) {
  if (typeof whole === "string") return P.indexOf(whole, P.String(part)) >= 0;
  if (typeof whole !== "object" || whole === null)
    throw P.invalid(`assert.contains looks into texts, arrays and objects, not into ${P.inspect(whole)}`);
  let list = null;
  if (P.isArray(whole)) list = whole;
  else if (P.isSet(whole)) list = items(whole);
  else if (P.isMap(whole)) list = keysOf(whole);
  else return P.hasOwn(whole, part);
  for (let i = 0; i < list.length; i += 1) if (equal(list[i], part)) return true;
  return false;
}

Assert.contains = (whole, part, message) => {
  if (!has(whole, part))
    failed("contains", message, `expected ${P.inspect(whole)} to contain ${P.inspect(part)}`);
};
Assert.notContains = (whole, part, message) => {
  if (has(whole, part))
    failed("not_contains", message, `expected ${P.inspect(whole)} not to contain ${P.inspect(part)}`);
};
Assert.matches = (text, pattern, message) => {
  if (typeof text !== "string") throw P.invalid("assert.matches takes a text and a pattern");
  if (!search(pattern, text))
    failed("matches", message, `expected ${P.inspect(text)} to match ${P.inspect(pattern)}`);
};

function ordered(spelled, name, words, holds) {
  Assert[spelled] = (value, bound, message) => {
    const kinds = `${typeof value} ${typeof bound}`;
    if (!P.test(/^(?:(?:number|bigint) (?:number|bigint)|string string)$/, kinds))
      throw P.invalid(`assert.${spelled} compares two numbers or two texts`);
    if (!holds(value, bound))
      failed(name, message, `expected ${words} ${P.inspect(bound)}, got ${P.inspect(value)}`);
  };
}
ordered("greaterThan", "greater_than", "more than", (a, b) => a > b);
ordered("atLeast", "at_least", "at least", (a, b) => a >= b);
ordered("lessThan", "less_than", "less than", (a, b) => a < b);
ordered("atMost", "at_most", "at most", (a, b) => a <= b);

Assert.closeTo = (value, expected, tolerance, message) => {
  const room = tolerance === undefined || tolerance === null ? 1e-6 : tolerance;
  if (typeof value !== "number" || typeof expected !== "number" || typeof room !== "number")
    throw P.invalid("assert.closeTo compares numbers");
  const apart = value > expected ? value - expected : expected - value;
  if (value !== expected && !(apart <= room))
    failed("close_to", message, `expected ${expected} give or take ${room}, got ${value}`);
};

function count(value) {
  if (typeof value === "string" || P.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null)
    throw P.invalid(`assert.length counts in texts, arrays and objects, not in ${P.inspect(value)}`);
  if (P.isMap(value)) return P.mapSize(value);
  return P.isSet(value) ? P.setSize(value) : P.keys(value).length;
}
Assert.length = (value, expected, message) => {
  const got = count(value);
  if (got !== expected)
    failed("length", message, `expected a length of ${P.String(expected)}, got ${got}: ${P.inspect(value)}`);
};

// -- errors -----------------------------------------------------------------------------------------------------------

function fits(raised, fault, expected) {
  if (typeof expected === "function") return raised instanceof expected;
  if (typeof expected === "string") return P.indexOf(fault.message, expected) >= 0 || fault.type === expected;
  if (P.isRegExp(expected)) return search(expected, fault.message);
  const keys = P.keys(expected);
  for (let i = 0; i < keys.length; i += 1) {
    const wanted = expected[keys[i]];
    const got = fault[keys[i]];
    if (keys[i] === "message" ? P.indexOf(fault.message, P.String(wanted)) < 0 : !equal(got, wanted)) return false;
  }
  return true;
}

function caught(raised, expected, message) {
  P.forget(raised);
  const fault = P.parseError(raised);
  if (expected !== undefined && expected !== null && !fits(raised, fault, expected)) {
    const wanted = typeof expected === "function" ? expected.name : P.inspect(expected);
    failed("throws", message, `expected an error like ${wanted}, got ${fault.type}: ${fault.message}`);
  }
  return fault;
}

const nothing = (message) => failed("throws", message, "expected an error, and nothing was thrown");

Assert.throws = (work, expected, message) => {
  let value = work;
  if (typeof work === "function") {
    try {
      value = work();
    } catch (raised) {
      return caught(raised, expected, message);
    }
  }
  if (!P.isPromise(value)) {
    if (typeof work !== "function") throw P.invalid("assert.throws takes a function or a promise");
    return nothing(message);
  }
  return P.track(
    new P.Promise((resolve, reject) => {
      const settle = (judge) => (found) => {
        try {
          resolve(judge(found));
        } catch (reason) {
          reject(reason);
        }
      };
      P.observe(
        value,
        settle(() => nothing(message)),
        settle((raised) => caught(raised, expected, message)),
      );
    }),
  );
};
Assert.fail = (message) => failed("fail", null, message === undefined ? "the test failed" : P.String(message));

const ALIASES = {
  __proto__: null,
  equals: ["equal"],
  notEquals: ["notEqual"],
  isNil: ["isNull", "isNone"],
  notNil: ["notNull", "notNone"],
  type: ["isType"],
  greaterThan: ["greater"],
  lessThan: ["less"],
  closeTo: ["near"],
  length: ["hasLength"],
  throws: ["raises", "error"],
};
const names = P.keys(ALIASES);
for (let i = 0; i < names.length; i += 1) {
  const others = ALIASES[names[i]];
  for (let k = 0; k < others.length; k += 1) Assert[others[k]] = Assert[names[i]];
}

// The same as methods of a running test: t.assertEquals(actual, expected).
const ofCase = { __proto__: null };
const all = P.keys(Assert);
for (let i = 0; i < all.length; i += 1) {
  const name = all[i];
  ofCase[`assert${P.upper(name[0])}${P.slice(name, 1)}`] = Assert[name];
  if (P.slice(name, 0, 2) === "is") ofCase[`assert${P.slice(name, 2)}`] = Assert[name]; // assertTrue
}

P.locals.Assert = Assert;
P.locals.case = ofCase;
P.locals.Testing = {
  __proto__: null,
  get assert() {
    return P.spaces.Assert;
  },
};
