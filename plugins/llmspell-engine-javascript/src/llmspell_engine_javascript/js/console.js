// What a script prints and logs: messages nobody waits for, under one cap on their size.
const LEVELS = {
  __proto__: null,
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
};
let written = 0;
let margin = "";
const counts = new P.SafeMap();
const timers = new P.SafeMap();

// Post text that counts as output. Beyond the limit the run ends: the signal stops even a script that catches all.
function output(text) {
  P.checkSize(text);
  written += text.length;
  if (written > P.limits.output) {
    P.stop();
  }
  if (P.speaks) P.speak(text);
  else P.post(text);
}

P.postOutput = (op, list) => {
  const sent = { __proto__: null, late: null };
  const text = P.encodeArguments(op, list, sent);
  if (sent.late)
    throw P.makeError("conversion", 4101, `${op}: an object that is not ready cannot be sent: await it first`);
  output(`{"t":"post","op":${P.quote(op)},"args":[${text}]}`);
};

function wellFormed(text) {
  return P.isWellFormed(text) ? text : P.toWellFormed(text);
}

function print(text) {
  const shown = margin ? margin + P.join(P.split(text, "\n"), `\n${margin}`) : text;
  output(`{"t":"post","op":"print","args":[${P.quote(wellFormed(shown))}]}`);
}

// Send a log record; `data` is what belongs to it, or null.
P.writeLog = (level, message, data) => {
  const text = P.quote(wellFormed(typeof message === "string" ? message : P.inspect(message)));
  const more = data === null || data === undefined ? "" : `,${P.encodeWire(data, "log data")}`;
  output(`{"t":"post","op":"Log.${level}","args":[${text}${more}]}`);
};

// Names that are functions of the API and, as `log.info(...)`, of one global.
function logFunction() {
  const log = (level, message, data) => {
    const known = typeof level === "string" ? LEVELS[level] : undefined;
    if (!known) throw P.invalid(`log level ${P.inspect(level)} is none of trace, debug, info, warn, error`);
    P.writeLog(known, message, data);
  };
  const names = P.keys(LEVELS);
  for (let i = 0; i < names.length; i += 1) {
    const level = LEVELS[names[i]];
    P.shown(log, names[i], (message, data) => P.writeLog(level, message, data));
  }
  return P.freeze(log);
}

P.installPosts = (names) => {
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    if (name === "print") P.hidden(globalThis, name, (...given) => print(P.format(given)));
    else if (name === "log") P.hidden(globalThis, name, logFunction());
    else P.hidden(globalThis, name, (message, data) => P.writeLog(name, message, data));
  }
};

const level =
  (name) =>
  (...given) =>
    P.writeLog(name, margin + P.format(given), null);
const label = (name) => (name === undefined ? "default" : P.String(name));

P.console = {
  log: (...given) => print(P.format(given)),
  info: level("info"),
  debug: level("debug"),
  warn: level("warn"),
  error: level("error"),
  trace: level("trace"),
  dir: (value) => print(P.inspect(value)),
  table: (value) => print(P.inspect(value)),
  assert(condition, ...given) {
    if (!condition)
      P.writeLog("error", given.length ? `Assertion failed: ${P.format(given)}` : "Assertion failed", null);
  },
  count(name) {
    const n = (counts.get(label(name)) || 0) + 1;
    counts.set(label(name), n);
    print(`${label(name)}: ${n}`);
  },
  countReset: (name) => void counts.delete(label(name)),
  group(...given) {
    if (given.length) print(P.format(given));
    margin += "  ";
  },
  groupEnd() {
    margin = P.slice(margin, 2);
  },
  time: (name) => void timers.set(label(name), P.now()),
  timeLog: (name) => print(`${label(name)}: ${P.now() - (timers.get(label(name)) || P.now())}ms`),
  timeEnd(name) {
    P.console.timeLog(name);
    timers.delete(label(name));
  },
};
P.console.groupCollapsed = P.console.group;
