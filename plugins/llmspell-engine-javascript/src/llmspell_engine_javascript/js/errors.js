// Errors: the one class scripts see, where in a script something happened, and the forms on the wire.
const PRELUDE = "[llmspell]";
const FILE = /^llmspell-file-(\d+)$/;
const MAX_FRAMES = 40;

P.files = []; // names of the files whose text runs here, by number

function fileName(frame) {
  const script = frame.getScriptNameOrSourceURL();
  if (typeof script !== "string" || script === PRELUDE) return null;
  const found = P.match(FILE, script);
  return found ? P.files[+found[1]] : frame.isEval() ? "(eval)" : null;
}

const frames = new P.SafeWeakMap(); // error -> [{where, name}] of the script's own frames
const before = new P.SafeWeakMap(); // error -> frames of the function it comes from, a line each, as another script's

// V8 names a function that has no name after where it was written; that begins with the name of the prelude's door.
function ownName(name) {
  return name && name !== "$llmMain" && P.slice(name, 0, 4) === "$llm" ? P.slice(name, P.lastIndexOf(name, ".") + 1) : name;
}

// V8 asks this for the text of every stack: frames of the prelude are no business of a script.
function prepareStackTrace(error, sites) {
  const lines = [];
  const own = [];
  for (let i = 0; i < sites.length && own.length < MAX_FRAMES; i += 1) {
    const file = fileName(sites[i]);
    if (file === null) continue;
    const where = `${file}:${sites[i].getLineNumber()}`;
    const name = ownName(sites[i].getFunctionName() || sites[i].getMethodName());
    const shown = name && name !== "$llmMain" ? `${sites[i].isAsync() ? "async " : ""}${name} (${where})` : where;
    P.append(own, { __proto__: null, where, name: name === "$llmMain" ? null : name });
    P.append(lines, `\n    at ${shown}`);
  }
  if (typeof error === "object" && error !== null) frames.set(error, own);
  return headline(error) + P.join(lines, "");
}
P.defineProperty(P.Error, "prepareStackTrace", {
  __proto__: null,
  get: () => prepareStackTrace,
  set: () => {}, // libraries that bring their own would see the prelude's frames
  configurable: false,
  enumerable: false,
});
P.Error.stackTraceLimit = 30;

function headline(error) {
  try {
    const name = error.name === undefined ? "Error" : P.String(error.name);
    const message = error.message === undefined ? "" : P.String(error.message);
    return name && message ? `${name}: ${message}` : name || message;
  } catch {
    return "Error";
  }
}
P.headline = headline;

function framesOf(error) {
  try {
    if (typeof error === "object" && error !== null && !frames.has(error)) void error.stack; // is made when first read
  } catch {
    return [];
  }
  return frames.get(error) || [];
}

function whereOf(error) {
  const found = framesOf(error);
  return found.length ? found[0].where : null;
}

function stackText(error) {
  const found = framesOf(error);
  const lines = typeof error === "object" && error !== null && before.has(error) ? [before.get(error)] : [];
  for (let i = 0; i < found.length; i += 1) {
    P.append(lines, `${found[i].where}: ${found[i].name ? `in ${found[i].name}` : "at top level"}`);
  }
  return lines.length ? P.join(lines, "\n") : null;
}

// Remember where a script called the API, so that a failure can tell.
P.site = (from) => {
  const site = { __proto__: null };
  P.captureStack(site, from);
  return site;
};

// Give the field that tells the kernel of a site, nothing when no frame of the script is there.
P.placeText = (site) => {
  const where = whereOf(site);
  return where ? `,"at":${P.quote(where)}` : "";
};

// Say where a script asked for what failed, unless the error knows better.
P.placed = (error, site, where) => {
  if (error instanceof LlmspellError && !P.hasOwn(error, "where")) {
    const found = where || whereOf(site);
    if (found) P.own(error, "where", found);
  }
  return error;
};

const NAMES = {
  __proto__: null,
  trace_id: "traceId",
  retry_after: "retryAfter",
};
const FIELDS = ["type", "code", "recoverable", "suggestions", "trace_id", "where", "context", "retry_after", "value"];

/** An error of llmspell: `type` says what it is, `suggestions` what to do next. */
class LlmspellError extends P.Error {
  constructor(message, options) {
    const given = options === undefined || options === null ? { __proto__: null } : options;
    super(
      message === undefined ? "unknown error" : P.String(message),
      "cause" in given ? { cause: given.cause } : undefined,
    );
    P.hidden(this, "name", "LlmspellError");
    P.own(this, "type", typeof given.type === "string" ? bareType(given.type) : "runtime");
    P.own(this, "code", given.code === undefined ? null : given.code);
    P.own(this, "recoverable", given.recoverable === true);
    P.own(this, "suggestions", P.isArray(given.suggestions) ? given.suggestions : []);
    for (let i = 4; i < FIELDS.length; i += 1) {
      const spelled = NAMES[FIELDS[i]] || FIELDS[i];
      const value = given[FIELDS[i]] === undefined ? given[spelled] : given[FIELDS[i]];
      if (value !== undefined && value !== null) P.own(this, spelled, value);
    }
  }

  get category() {
    return this.type;
  }

  get recoveryStrategy() {
    return this.recoverable ? "retry" : "none";
  }

  get recovery_strategy() {
    return this.recoveryStrategy;
  }

  get recoverySuggestion() {
    return this.suggestions[0];
  }

  get recovery_suggestion() {
    return this.suggestions[0];
  }

  get trace_id() {
    return this.traceId;
  }

  get retry_after() {
    return this.retryAfter;
  }
}
P.freeze(LlmspellError.prototype);
P.LlmspellError = LlmspellError;

function bareType(name) {
  return name.length > 6 && P.slice(name, -6) === "_error" ? P.slice(name, 0, -6) : name;
}

P.makeError = (type, code, message, suggestions) => {
  const error = new LlmspellError(message, { __proto__: null, type, code, suggestions });
  const where = whereOf(error);
  if (where) P.own(error, "where", where);
  return error;
};
P.invalid = (message, suggestions) => P.makeError("validation", 2002, message, suggestions);
P.exhausted = (message, suggestions) => P.makeError("resource_exhausted", 4009, message, suggestions);

// Make the error that the kernel sent; it happened where the script called.
P.kernelError = (fields, site) => {
  const own = { __proto__: null };
  const keys = P.keys(fields);
  for (let i = 0; i < keys.length; i += 1) own[keys[i]] = fields[keys[i]];
  const error = new LlmspellError(own.message, own);
  if (typeof own.stack === "string") before.set(error, own.stack);
  if (site) {
    const found = framesOf(site);
    frames.set(error, found);
    const lines = before.has(error) ? [`\n    ${P.join(P.split(before.get(error), "\n"), "\n    ")}`] : [];
    for (let i = 0; i < found.length; i += 1) {
      P.append(lines, `\n    at ${found[i].name ? `${found[i].name} (${found[i].where})` : found[i].where}`);
    }
    P.hidden(error, "stack", headline(error) + P.join(lines, ""));
    if (!P.hasOwn(error, "where") && found.length) P.own(error, "where", found[0].where);
  }
  return error;
};

function field(value, name) {
  try {
    const found = value[name];
    return found === undefined && NAMES[name] ? value[NAMES[name]] : found;
  } catch {
    return undefined;
  }
}

function messageOf(value) {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return `the script threw ${value}`;
  if (typeof value !== "object" && typeof value !== "function") return primitiveText(value);
  const message = field(value, "message");
  if (typeof message !== "string") {
    const inner = field(value, "error");
    return typeof inner === "string" ? inner : "the script threw an object without a message";
  }
  const name = P.isError(value) && !(value instanceof LlmspellError) ? field(value, "name") : null;
  return typeof name === "string" && name !== "Error" && name ? `${name}: ${message}` : message;
}

const UNDEFINED = /^(?:ReferenceError: )?(\w+) is not defined$/;

// V8's words about a global that is not there say less than the list of what is not there yet.
function aboutAbsent(fields) {
  const found = fields.type === "runtime" ? P.match(UNDEFINED, fields.message) : null;
  if (!found || !P.absent[found[1]]) return;
  fields.type = "api_unavailable";
  fields.code = 4007;
  fields.message = P.absentMessage(found[1]);
}

function primitiveText(value) {
  return typeof value === "symbol" ? P.symbolText(value) : P.String(value);
}

const TYPES = { __proto__: null, type: "string", recoverable: "boolean", trace_id: "string", where: "string" };

// Read any thrown value as the fields of an error; never throws.
function fieldsOf(value) {
  const fields = { __proto__: null, type: "runtime", message: messageOf(value) };
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  for (let i = 0; isObject && i < FIELDS.length - 1; i += 1) {
    const found = field(value, FIELDS[i]);
    const wanted = TYPES[FIELDS[i]];
    if (found === undefined || found === null || (wanted && typeof found !== wanted)) continue;
    if (FIELDS[i] === "suggestions" && !P.isArray(found)) continue;
    if (FIELDS[i] === "code" && typeof found !== "string" && !P.isInteger(found)) continue;
    fields[FIELDS[i]] = found;
  }
  fields.type = bareType(fields.type);
  aboutAbsent(fields);
  if (fields.type === "runtime" && fields.code === undefined) fields.code = 4002;
  fields.recoverable = fields.recoverable === true;
  fields.suggestions = fields.suggestions || [];
  if (!fields.where && isObject) fields.where = whereOf(value);
  return fields;
}

// ErrorHandler.parse: anything that was thrown, as an error with all fields.
P.parseError = (value) => {
  if (value instanceof LlmspellError) return value;
  const fields = fieldsOf(value);
  const error = new LlmspellError(fields.message, fields);
  if (P.isError(value)) P.hidden(error, "cause", value);
  return error;
};

// ErrorHandler.is: whether an error is of a type, or of one of a list of types, each with or without `_error`.
P.isType = (value, types) => {
  const kind = P.parseError(value).type;
  const list = P.isArray(types) ? types : [types];
  for (let i = 0; i < list.length; i += 1) {
    if (typeof list[i] === "string" && bareType(list[i]) === kind) return true;
  }
  return false;
};

function encodeOr(value, otherwise) {
  try {
    return P.encodeWire(value, "error");
  } catch {
    return otherwise;
  }
}

// The thrown value itself travels along when it says more than the fields do.
function extra(value) {
  if (typeof value === "string" || value === undefined || value === null) return null;
  if (!P.isError(value)) return encodeOr(value, null);
  if (value instanceof LlmspellError) return value.value === undefined ? null : encodeOr(value.value, null);
  const keys = P.keys(value);
  if (keys.length === 0) return null;
  const own = {};
  for (let i = 0; i < keys.length; i += 1) P.own(own, keys[i], field(value, keys[i]));
  return encodeOr(own, null);
}

// Encode a thrown value for the wire; never throws. `advice` is what to suggest when the error itself does not.
P.encodeError = (value, advice) => {
  const fields = fieldsOf(value);
  if (advice && fields.suggestions.length === 0) fields.suggestions = advice;
  const parts = [`"message":${encodeOr(fields.message, '"an error whose text cannot cross"')}`];
  for (let i = 0; i < FIELDS.length; i += 1) {
    const text =
      fields[FIELDS[i]] === undefined || fields[FIELDS[i]] === null ? null : encodeOr(fields[FIELDS[i]], null);
    if (text !== null) P.append(parts, `${P.quote(FIELDS[i])}:${text}`);
  }
  const stack = stackText(value);
  if (stack) P.append(parts, `"stack":${encodeOr(stack, '""')}`);
  const thrown = extra(value);
  if (thrown !== null) P.append(parts, `"value":${thrown}`);
  return `{${P.join(parts, ",")}}`;
};
