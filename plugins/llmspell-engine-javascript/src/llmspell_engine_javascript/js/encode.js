// Values of a script as JSON text: for the wire, with forms for what JSON has not, and for JSON.encode.
const MAX_DEPTH = 64;
const MAX_VALUES = 100000; // of one message, as the wire has it
const MAX_EXACT = Number.MAX_SAFE_INTEGER + 1;
const PLAIN = /^[ !#-[\]-~]*$/;
const NAME = /^[A-Za-z_$][\w$]*$/;
const objectPrototype = Object.prototype;
const noForms = new P.SafeWeakMap();

P.forms = new P.SafeWeakMap(); // handle or stream -> its text on the wire
P.awaited = new P.SafeWeakMap(); // object that will be a handle -> promise of the handle
P.tables = new P.SafeWeakMap(); // object -> function that gives what crosses in its place

function pathText(path) {
  let text = "";
  for (let at = path; at; at = at.parent) {
    if (!at.parent) return at.key + text;
    const key = at.key;
    text =
      (typeof key === "string" && P.test(NAME, key) ? `.${key}` : `[${typeof key === "string" ? P.quote(key) : key}]`) +
      text;
  }
  return text;
}

function refuse(path, what) {
  throw P.makeError("conversion", 4101, `${pathText(path)}: ${what}`);
}

function numberText(value, path) {
  if (!P.isFinite(value)) {
    refuse(path, `${value !== value ? "NaN" : value > 0 ? "infinity" : "-infinity"} has no JSON form`);
  }
  if (value === 0 && 1 / value < 0) return "-0.0";
  const text = `${value}`;
  // A number this large is a float to the other side, not an integer whose last digits happen to be known.
  if (P.isInteger(value) && (value > MAX_EXACT || value < -MAX_EXACT) && P.indexOf(text, "e") < 0) return `${text}.0`;
  return text;
}

function bigText(value, wire) {
  const digits = P.bigText(value);
  return wire && (value > MAX_EXACT || value < -MAX_EXACT) ? `{"$i":"${digits}"}` : digits;
}

function quoted(value, path) {
  if (value.length < 200 && P.test(PLAIN, value)) return `"${value}"`;
  if (!P.isWellFormed(value)) refuse(path, "half a surrogate pair, which is no character");
  return P.quote(value);
}

// A class of the script's own may say by `toJSON` what it is; a prototype everybody shares may not.
function ownJson(value) {
  for (let at = value; at !== null && at !== objectPrototype; at = P.getPrototypeOf(at)) {
    const found = P.descriptor(at, "toJSON");
    if (found !== undefined) return typeof value.toJSON === "function" ? value.toJSON : null;
  }
  return null;
}

function newEncoder(wire) {
  let count = 0;
  let late = null; // promises of handles whose form is not known yet, by the place they are needed

  function encodeList(value, path, depth, seen) {
    const length = value.length;
    tally(length);
    let text = "[";
    for (let i = 0; i < length; i += 1) {
      const item = value[i];
      const one = item === undefined ? "null" : encode(item, path, i, depth, seen);
      text += i ? `,${one}` : one;
    }
    return `${text}]`;
  }

  function entry(key, item, path, depth, seen) {
    if (!P.isWellFormed(key)) refuse({ parent: path, key }, "a key with half a surrogate pair cannot cross");
    const name = wire && P.code(key, 0) === 36 ? `$${key}` : key;
    return `${P.quote(name)}:${encode(item, path, key, depth, seen)}`;
  }

  function encodeMap(value, path, depth, seen) {
    const keys = P.keys(value);
    let text = "";
    for (let i = 0; i < keys.length; i += 1) {
      const item = value[keys[i]];
      if (item === undefined || typeof item === "symbol") {
        if (item !== undefined) refuse({ parent: path, key: keys[i] }, "a symbol cannot cross out of a script");
        continue;
      }
      text += `${text ? "," : ""}${entry(keys[i], item, path, depth, seen)}`;
    }
    return `{${text}}`;
  }

  function encodeEntries(value, path, depth, seen) {
    let text = "";
    P.mapEach(value, (item, key) => {
      if (typeof key !== "string" && typeof key !== "number") refuse(path, "a Map crosses when its keys are texts");
      text += `${text ? "," : ""}${entry(`${key}`, item === undefined ? null : item, path, depth, seen)}`;
    });
    return `{${text}}`;
  }

  function encodeSet(value, path, depth, seen) {
    const items = [];
    P.setEach(value, (item) => P.append(items, item));
    return encodeList(items, path, depth, seen);
  }

  function special(value, path) {
    const form = (wire ? P.forms : noForms).get(value);
    if (form !== undefined) return form;
    const soon = (wire ? P.awaited : noForms).get(value);
    if (soon !== undefined) {
      late = late || [];
      P.append(late, soon);
      return `\0${late.length - 1}\0`; // no JSON text has this character
    }
    if (P.isDate(value)) {
      const time = P.dateTime(value);
      if (time !== time) refuse(path, "an invalid Date");
      return wire ? `{"$d":${P.quote(P.dateForm(value))}}` : P.quote(P.dateText(value));
    }
    if (P.isBuffer(value) || P.isArrayBuffer(value)) {
      if (!wire) refuse(path, "bytes have no JSON form");
      return `{"$b":"${P.bytesText(P.bytesOf(value))}"}`;
    }
    if (P.isPromise(value)) refuse(path, "a promise cannot cross: await it first");
    if (P.isRegExp(value)) refuse(path, "a regular expression cannot cross: send its text");
    if (P.forms.get(value) !== undefined) refuse(path, "a handle has no JSON form");
    return undefined;
  }

  function encodeObject(value, path, depth, seen) {
    if (seen.has(value)) refuse(path, "a value contains itself");
    if (depth >= MAX_DEPTH) refuse(path, `nested deeper than ${MAX_DEPTH} levels`);
    seen.add(value);
    const text = encodeContent(value, path, depth + 1, seen);
    seen.delete(value);
    return text;
  }

  function encodeContent(value, path, depth, seen) {
    if (P.isArray(value)) return encodeList(value, path, depth, seen);
    const table = P.tables.get(value);
    if (table !== undefined) return encodeMap(table(value), path, depth, seen);
    const prototype = P.getPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null) {
      const json = P.hasOwn(value, "toJSON") ? ownJson(value) : null;
      return json
        ? encode(P.apply(json, value, [""]), path.parent, path.key, depth, seen)
        : encodeMap(value, path, depth, seen);
    }
    if (P.isMap(value)) return encodeEntries(value, path, depth, seen);
    if (P.isSet(value)) return encodeSet(value, path, depth, seen);
    if (P.isError(value)) return P.encodeError(value);
    const json = ownJson(value);
    if (json) return encode(P.apply(json, value, [""]), path.parent, path.key, depth, seen);
    return encodeMap(value, path, depth, seen);
  }

  function tally(more) {
    count += more;
    if (count > MAX_VALUES && wire) {
      throw P.exhausted(`more than ${MAX_VALUES} values in one message`, ["send them in parts, or as JSON text"]);
    }
  }

  // The path is a linked list, spelled out only when something is wrong.
  function encode(value, parent, key, depth, seen) {
    tally(1);
    switch (typeof value) {
      case "string":
        return quoted(value, { parent, key });
      case "number":
        return P.isInteger(value) && value < MAX_EXACT && value > 0 ? `${value}` : numberText(value, { parent, key });
      case "boolean":
        return value ? "true" : "false";
      case "undefined":
        return "null";
      case "bigint":
        return bigText(value, wire);
      case "function":
        if (wire) return P.forms.get(value) || P.callbackForm(value);
        break;
      case "object": {
        if (value === null) return "null";
        const prototype = P.getPrototypeOf(value);
        const path = { parent, key };
        if (prototype !== objectPrototype && !P.isArray(value)) {
          const form = special(value, path);
          if (form !== undefined) return form;
        }
        return encodeObject(value, path, depth, seen);
      }
    }
    return refuse({ parent, key }, `a ${typeof value} cannot cross out of a script`);
  }

  // Give the text, and in `sent.late` the promises it waits for. `more`: the value shares a message with the one before.
  return (value, root, more, sent) => {
    if (!more) {
      count = 0;
      late = null;
    }
    const text = encode(value, null, root, 0, new P.SafeSet());
    if (late !== null && sent === undefined) {
      throw P.makeError("conversion", 4101, `${root}: an object that is not ready cannot cross here: await it first`);
    }
    if (sent !== undefined) sent.late = late;
    return text;
  };
}

P.encodeWire = newEncoder(true);
P.encodePlain = newEncoder(false);

// Encode arguments as the inside of a list. `sent.late` is what must be known before it can be sent.
P.encodeArguments = (op, list, sent) => {
  sent.late = null;
  let text = "";
  for (let i = 0; i < list.length; i += 1) {
    const one = P.encodeWire(list[i], `${op} argument ${i + 1}`, i > 0, sent);
    text += i ? `,${one}` : one;
  }
  return text;
};

// Put the forms of handles that have become ready where they are needed.
P.completed = (text, handles) => {
  const pieces = P.split(text, "\0");
  let out = pieces[0];
  for (let i = 1; i < pieces.length; i += 2) out += P.forms.get(handles[+pieces[i]]) + pieces[i + 1];
  return out;
};
