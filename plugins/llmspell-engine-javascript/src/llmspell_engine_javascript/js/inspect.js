// Values as text for people, as Node's console writes them.
const WIDTH = 80;
const MAX_ITEMS = 100;
const MAX_LEVEL = 2;
const MAX_LINE_LEVEL = 6;
const INNER = 3; // levels that may share a line
const COLUMNS = 16;
const KEY = /^[A-Za-z_$][\w$]*$/;
const ESCAPED = /[\x00-\x1f\x7f\\']/;

function quoted(text) {
  if (!P.test(ESCAPED, text) && P.isWellFormed(text)) return `'${text}'`;
  const inner = P.indexOf(text, "'") >= 0 && P.indexOf(text, '"') < 0;
  let out = "";
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    const unit = P.code(text, i);
    if (char === "'" && !inner) out += "\\'";
    else if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (char === "\r") out += "\\r";
    else if (char === "\\") out += "\\\\";
    else if (unit < 0x20 || unit === 0x7f) out += `\\x${P.upper(P.padStart(P.hex(unit), 2, "0"))}`;
    else out += char;
  }
  return inner ? `"${out}"` : `'${out}'`;
}

function classOf(value) {
  for (let at = value; at !== null; at = P.getPrototypeOf(at)) {
    const found = P.descriptor(at, "constructor");
    if (found && typeof found.value === "function" && typeof found.value.name === "string" && found.value.name) {
      return found.value.name;
    }
  }
  return null;
}

function functionText(value) {
  const isClass = P.slice(P.functionText(value), 0, 5) === "class";
  const name = typeof value.name === "string" && value.name;
  if (isClass) {
    const parent = P.getPrototypeOf(value);
    const extended = typeof parent === "function" && parent.name ? ` extends ${parent.name}` : "";
    return `[class ${name || "(anonymous)"}${extended}]`;
  }
  const kind = classOf(value) || "Function";
  return `[${kind}${name ? `: ${name}` : " (anonymous)"}]`;
}

function primitive(value) {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return value === 0 && 1 / value < 0 ? "-0" : `${value}`;
    case "bigint":
      return `${P.bigText(value)}n`;
    case "symbol":
      return P.symbolText(value);
  }
  return P.String(value);
}

class Inspection {
  constructor(lines) {
    this.lines = lines; // every item on a line of its own, and more levels
    this.levels = lines ? MAX_LINE_LEVEL : MAX_LEVEL;
  }

  seen = [];
  circular = [];
  indent = 0;

  text(value, nested) {
    if (typeof value === "function") return this.withKeys(value, functionText(value), "{", "}", [], false);
    if (typeof value !== "object" || value === null) return primitive(value);
    for (let i = 0; i < this.seen.length; i += 1) {
      if (this.seen[i] === value) return this.circle(value);
    }
    if (this.seen.length > this.levels && nested) return this.folded(value);
    return this.object(value);
  }

  circle(value) {
    for (let i = 0; i < this.circular.length; i += 1) {
      if (this.circular[i] === value) return `[Circular *${i + 1}]`;
    }
    P.append(this.circular, value);
    return `[Circular *${this.circular.length}]`;
  }

  folded(value) {
    if (P.isArray(value)) return "[Array]";
    if (P.isDate(value) || P.isRegExp(value) || P.isError(value)) return this.object(value);
    return `[${classOf(value) || "Object: null prototype"}]`;
  }

  object(value) {
    const name = classOf(value);
    if (P.isArray(value)) {
      return this.withKeys(value, name === "Array" ? "" : `${name}(${value.length})`, "[", "]", null, true);
    }
    if (P.isError(value)) return this.error(value);
    if (P.isDate(value)) {
      const time = P.dateTime(value);
      return this.withKeys(value, time === time ? P.dateText(value) : "Invalid Date", "{", "}", [], false);
    }
    if (P.isRegExp(value)) return this.withKeys(value, P.regExpText(value), "{", "}", [], false);
    if (P.isMap(value)) return this.withKeys(value, `${name}(${P.mapSize(value)})`, "{", "}", P.mapEach, true);
    if (P.isSet(value)) return this.withKeys(value, `${name}(${P.setSize(value)})`, "{", "}", P.setEach, true);
    if (P.isBuffer(value) && P.typedName(value)) {
      return this.withKeys(value, `${name}(${value.length})`, "[", "]", null, true);
    }
    if (P.isPromise(value)) return "Promise { <pending> }";
    const base = name === "Object" ? "" : name === null ? "[Object: null prototype]" : name;
    return this.withKeys(value, base, "{", "}", [], true);
  }

  error(value) {
    let text = "";
    try {
      text = typeof value.stack === "string" && value.stack ? value.stack : P.headline(value);
    } catch {
      text = P.headline(value);
    }
    return this.withKeys(value, text, "{", "}", [], false);
  }

  // Write what a value holds: `how` is null for lists, or what goes through the entries of a Map or a Set.
  withKeys(value, base, open, close, how, always) {
    P.append(this.seen, value);
    this.indent += 2;
    const parts = [];
    if (how === null) this.items(value, parts);
    else if (how === P.mapEach)
      P.mapEach(value, (item, key) => P.append(parts, `${this.text(key, true)} => ${this.text(item, true)}`));
    else if (how === P.setEach) P.setEach(value, (item) => P.append(parts, this.text(item, true)));
    this.fields(value, parts, how === null);
    this.indent -= 2;
    this.seen.length -= 1;
    if (parts.length === 0 && !always) return base;
    const mark = this.mark(value);
    if (parts.length === 0) return `${mark}${base ? `${base} ` : ""}${open}${close}`;
    return mark + this.joined(parts, base, open, close, how === null, value);
  }

  mark(value) {
    for (let i = 0; i < this.circular.length; i += 1) {
      if (this.circular[i] === value) return `<ref *${i + 1}> `;
    }
    return "";
  }

  items(value, parts) {
    const length = P.min(value.length, MAX_ITEMS);
    let holes = 0;
    for (let i = 0; i < length; i += 1) {
      const present = P.hasOwn(value, i);
      if (!present) holes += 1;
      if (holes && (present || i + 1 === length)) {
        P.append(parts, `<${holes} empty item${holes > 1 ? "s" : ""}>`);
        holes = 0;
      }
      if (present) P.append(parts, this.text(value[i], true));
    }
    const left = value.length - length;
    if (left > 0) P.append(parts, `... ${left} more item${left > 1 ? "s" : ""}`);
  }

  fields(value, parts, isList) {
    const keys = P.ownKeys(value);
    const skipped = isList ? value.length : 0;
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i];
      const about = P.descriptor(value, key);
      if (!about || !about.enumerable || (skipped && typeof key === "string" && P.test(/^\d+$/, key))) continue;
      const shown = typeof key === "symbol" ? `[${P.symbolText(key)}]` : P.test(KEY, key) ? key : quoted(key);
      const hasValue = P.hasOwn(about, "value");
      const text = hasValue
        ? this.text(about.value, true)
        : about.get
          ? about.set
            ? "[Getter/Setter]"
            : "[Getter]"
          : "[Setter]";
      P.append(parts, `${shown}: ${text}`);
    }
  }

  joined(given, base, open, close, isList, value) {
    const parts = isList && given.length > 6 && !this.lines ? this.columns(given, value) : given;
    const head = base ? `${base} ` : "";
    let size = parts.length + parts.length + this.indent + open.length + base.length + 10;
    let inner = true;
    for (let i = 0; i < parts.length; i += 1) {
      size += parts[i].length;
      if (P.indexOf(parts[i], "\n") >= 0) inner = false;
    }
    if (!this.lines && parts === given && inner && size <= WIDTH && this.depth(value, 1) <= INNER && P.indexOf(base, "\n") < 0) {
      return `${head}${open} ${P.join(parts, ", ")} ${close}`;
    }
    const margin = `\n${P.repeat(" ", this.indent)}`;
    return `${head}${open}${margin}  ${P.join(parts, `,${margin}  `)}${margin}${close}`;
  }

  // Count the levels of a value, as far as it matters for putting it on one line.
  depth(value, level) {
    if (level > INNER || typeof value !== "object" || value === null) return level - 1;
    let most = level;
    const keys = P.keys(value);
    for (let i = 0; i < keys.length && i < MAX_ITEMS; i += 1) {
      const about = P.descriptor(value, keys[i]);
      if (about && typeof about.value === "object") most = P.max(most, this.depth(about.value, level + 1));
    }
    return most;
  }

  // Short items of a long list stand in columns.
  columns(given, value) {
    const more = value.length > MAX_ITEMS && given.length > MAX_ITEMS;
    const count = more ? given.length - 1 : given.length;
    let total = 0;
    let longest = 0;
    for (let i = 0; i < count; i += 1) {
      total += given[i].length + 2;
      longest = P.max(longest, given[i].length);
    }
    const cell = longest + 2;
    if (cell * 3 + this.indent >= WIDTH || !(total / cell > 5 || longest <= 6)) return given;
    const biased = P.max(cell - 3 - P.sqrt(cell - total / given.length), 1);
    const wanted = P.round(P.sqrt(2.5 * biased * count) / biased);
    const width = P.min(P.min(wanted, P.floor((WIDTH - this.indent) / cell)), P.min(COLUMNS - 4, 15));
    return width <= 1 ? given : this.rows(given, count, width, value);
  }

  rows(given, count, width, value) {
    const sizes = [];
    for (let column = 0; column < width; column += 1) {
      let size = 0;
      for (let i = column; i < count; i += width) size = P.max(size, given[i].length);
      P.append(sizes, size + 2);
    }
    let numeric = true;
    for (let i = 0; i < count; i += 1) numeric &&= typeof value[i] === "number" || typeof value[i] === "bigint";
    const rows = [];
    for (let first = 0; first < count; first += width) {
      const last = P.min(first + width, count) - 1;
      let row = "";
      for (let i = first; i < last; i += 1) {
        row += (numeric ? P.padStart : P.padEnd)(`${given[i]}, `, sizes[i - first], " ");
      }
      row += numeric ? P.padStart(given[last], sizes[last - first] - 2, " ") : given[last];
      P.append(rows, row);
    }
    if (count < given.length) P.append(rows, given[count]);
    return rows;
  }
}

P.inspect = (value) => inspected(value, false);
P.inspectLines = (value) => inspected(value, true);

function inspected(value, lines) {
  try {
    return new Inspection(lines).text(value, false);
  } catch (reason) {
    P.forget(reason);
    return `[${typeof value} that cannot be shown]`;
  }
}

function directive(kind, value) {
  switch (kind) {
    case "s":
      return typeof value === "string"
        ? value
        : typeof value === "object" && value !== null
          ? P.inspect(value)
          : primitive(value);
    case "d":
    case "i":
    case "f":
      return typeof value === "bigint"
        ? `${P.bigText(value)}n`
        : typeof value === "symbol" || typeof value === "object"
          ? "NaN"
          : numeric(kind, value);
    case "j":
      return P.encodePlain(value, "value");
    case "c":
      return "";
  }
  return P.inspect(value);
}

function numeric(kind, value) {
  const number = +value;
  return primitive(kind === "i" ? (number < 0 ? -P.floor(-number) : P.floor(number)) : number);
}

// Join values as console.log does: texts as they are, `%s` and its kind in the first.
P.format = (list) => {
  let text = "";
  let used = 0;
  if (typeof list[0] === "string") {
    used = 1;
    const first = list[0];
    for (let i = 0; i < first.length; i += 1) {
      const kind = first[i] === "%" ? first[i + 1] : undefined;
      if (kind === "%" && list.length > 1) {
        text += "%";
        i += 1;
      } else if (kind !== undefined && P.indexOf("sdifjoOc", kind) >= 0 && used < list.length) {
        text += directive(kind, list[used]);
        used += 1;
        i += 1;
      } else text += first[i];
    }
  }
  for (let i = used; i < list.length; i += 1) {
    text += (i > 0 ? " " : "") + (typeof list[i] === "string" ? list[i] : P.inspect(list[i]));
  }
  return text;
};
