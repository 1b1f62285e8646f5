// Functions of the API that this engine does itself: JSON, the parsing half of ErrorHandler, and the class of tools.
const MAX_INDENT = 10;

function indentOf(options, indent) {
  if (typeof options === "object" && options !== null) return options.indent || (options.pretty ? 2 : 0);
  return options === true ? 2 : indent;
}

// Write a value as JSON: like JSON.stringify, but what has no form is an error that names its place.
function encode(value, options, indent) {
  const text = P.encodePlain(value, "value");
  const wanted = indentOf(options, indent);
  const step = typeof wanted === "number" ? P.min(wanted, MAX_INDENT) : wanted;
  return step ? P.stringify(P.parse(text), null, step) : text;
}

function decode(text) {
  if (typeof text !== "string") throw P.invalid(`JSON.decode takes a text, not ${P.inspect(text)}`);
  try {
    return P.parse(text);
  } catch (reason) {
    throw P.invalid(`JSON: ${reason.message}`);
  }
}

P.locals.JSON = { __proto__: null, encode, decode };
P.locals.ErrorHandler = { __proto__: null, parse: P.parseError, parseError: P.parseError, is: P.isType };

const TOOL_FIELDS = [
  "name",
  "description",
  "parameters",
  "inputSchema",
  "input_schema",
  "outputSchema",
  "output_schema",
  "category",
  "capabilities",
  "examples",
  "effect",
  "timeout",
  "version",
];

/** A tool as a class: `class Greeter extends Tools.BaseTool { constructor() { super({name}) } execute(args) {...} }`. */
class BaseTool {
  constructor(options) {
    const given = options || {};
    for (let i = 0; i < TOOL_FIELDS.length; i += 1) {
      const value = given[TOOL_FIELDS[i]];
      if (value !== undefined) P.hidden(this, TOOL_FIELDS[i], value);
    }
    const own = typeof given.execute === "function" ? given.execute : null;
    const execute = (input) => P.apply(own || this.execute, this, [input]);
    P.tables.set(this, () => {
      const table = { __proto__: null, execute };
      for (let i = 0; i < TOOL_FIELDS.length; i += 1) {
        if (this[TOOL_FIELDS[i]] !== undefined) table[TOOL_FIELDS[i]] = this[TOOL_FIELDS[i]];
      }
      return table;
    });
  }
}
P.locals.Tools = { __proto__: null, BaseTool };
