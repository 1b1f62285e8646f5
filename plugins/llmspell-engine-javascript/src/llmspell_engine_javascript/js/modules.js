// import and require: the API by name, and files that the kernel reads from the spell's folder.
//
// A record is one file: {name, folder, about, run, state, exports, namespace, running, waitsFor}. Its text comes
// prepared: the machine answers our call `Module.load` with a function and what there is to know about it.
const ROOT_NAMES = { __proto__: null, llmspell: 1, "rs-llmspell": 1, "@rs/llmspell": 1, "@llmspell/core": 1 };
const SUBMODULE = /^(?:llmspell|rs-llmspell|@llmspell|@rs\/llmspell)[./]([\w-]+)$/;
const byPath = new P.SafeMap(); // path as requested -> record
const byName = new P.SafeMap(); // name as the kernel gave it -> record

P.shown(P.spaces, "LlmspellError", P.freeze(P.LlmspellError));
P.hidden(P.spaces, "default", P.spaces);

// What of Node's own modules there is.
function ownModule(name) {
  const bare = P.slice(name, 0, 5) === "node:" ? P.slice(name, 5) : name;
  if (bare === "crypto") return P.crypto;
  return bare === "process" ? P.process : null;
}

// Give what a name means without a file: the API, a part of it, or one of the modules above.
function apiModule(name) {
  if (ROOT_NAMES[name]) return P.spaces;
  const own = ownModule(name);
  if (own) return own;
  const found = P.match(SUBMODULE, name);
  if (!found) return null;
  let key = P.join(P.split(P.join(P.split(P.lower(found[1]), "_"), ""), "-"), "");
  key = P.moduleNames[key] || key;
  const names = P.keys(P.spaces);
  for (let i = 0; i < names.length; i += 1) {
    if (P.lower(names[i]) === key) return P.spaces[names[i]];
  }
  const absent = P.keys(P.absent);
  for (let i = 0; i < absent.length; i += 1) {
    if (P.lower(absent[i]) === key) throw P.makeError("api_unavailable", 4007, P.absentMessage(absent[i]));
  }
  return null;
}

// Let the API as one object have its parts in lower case, too, and say what it does not have yet.
P.nameParts = () => {
  const names = P.keys(P.spaces);
  for (let i = 0; i < names.length; i += 1) {
    if (!P.hasOwn(P.spaces, P.lower(names[i]))) P.hidden(P.spaces, P.lower(names[i]), P.spaces[names[i]]);
  }
  const absent = P.keys(P.absent);
  for (let i = 0; i < absent.length; i += 1) {
    if (P.match(/^[A-Z]\w*$/, absent[i])) P.refuse(P.spaces, absent[i], absent[i]);
  }
};

// Give what the kernel is asked for when a file of `folder` names a module: a path from the spell's folder, or a name.
function pathOf(name, folder) {
  if (name[0] !== ".") return name;
  const parts = [];
  const given = P.split(folder ? `${folder}/${name}` : name, "/");
  for (let i = 0; i < given.length; i += 1) {
    if (given[i] === ".." && parts.length && parts[parts.length - 1] !== "..") parts.length -= 1;
    else if (given[i] !== "." && given[i] !== "") P.append(parts, given[i]);
  }
  return `./${P.join(parts, "/") || "index"}`;
}

function checkName(name) {
  if (typeof name !== "string" || name === "") throw P.invalid(`a module has a name, not ${P.inspect(name)}`);
}

// -- loading ----------------------------------------------------------------------------------------------------------

function syntaxError(fault, name) {
  const error = P.makeError("syntax", 4001, fault.message);
  error.where = `${name}:${fault.line}`;
  return error;
}

function newRecord(about, run) {
  const at = P.lastIndexOf(about.name, "/");
  return {
    __proto__: null,
    name: about.name,
    folder: at > 0 ? P.slice(about.name, 0, at) : "",
    about,
    run,
    state: "loaded",
    module: { exports: {} },
    namespace: { __proto__: null },
    running: null,
    waitsFor: null,
  };
}

// Fetch the file of a path, once; gives a promise of its record.
function load(path) {
  const known = byPath.get(path);
  if (known) return known;
  const loading = new P.Promise((resolve, reject) => {
    P.ask(
      "Module.load",
      P.encodeWire(path, "module name"),
      (answer) => {
        if (answer.about.fault) return reject(syntaxError(answer.about.fault, answer.about.name));
        let record = byName.get(answer.about.name);
        if (!record) {
          record = newRecord(answer.about, answer.run);
          byName.set(record.name, record);
        }
        return resolve(record);
      },
      reject,
      false,
    );
  });
  byPath.set(path, loading);
  P.observe(
    loading,
    () => {},
    () => byPath.delete(path),
  );
  return loading;
}

// Fetch what a file requires by a literal name, and what that requires: `require` itself cannot wait.
function fetchRequired(record, seen) {
  const wanted = record.about.requires;
  let left = 1;
  return new P.Promise((resolve) => {
    const one = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let i = 0; i < wanted.length; i += 1) {
      const name = wanted[i];
      if (apiModule(name)) continue;
      left += 1;
      const path = pathOf(name, record.folder);
      P.observe(
        load(path),
        (found) => {
          fetched.set(path, { __proto__: null, record: found, error: null });
          if (seen.has(found)) return one();
          seen.add(found);
          return P.observe(fetchRequired(found, seen), one, one);
        },
        (error) => {
          fetched.set(path, { __proto__: null, record: null, error });
          one();
        },
      );
    }
    one();
  });
}
const fetched = new P.SafeMap(); // path -> {record, error}: what `require` may take

// -- running ----------------------------------------------------------------------------------------------------------

function tools(record) {
  return P.freeze({
    __proto__: null,
    wait: P.wait,
    got: P.got,
    each: P.each,
    failed: P.failed,
    made: P.made,
    pick: (namespace, name, line) => pick(namespace, name, line ? `${record.name}:${line}` : null),
    import: (name, line) => importFrom(name, record, line ? `${record.name}:${line}` : null),
    json: P.parse,
    export: (getters) => share(record, getters),
    exportAll: (from) => shareAll(record, from),
    meta: P.freeze({ __proto__: null, url: `spell:${record.name}`, filename: record.name }),
  });
}

function share(record, getters) {
  const names = P.keys(getters);
  for (let i = 0; i < names.length; i += 1) {
    P.defineProperty(record.namespace, names[i], { __proto__: null, get: getters[names[i]], enumerable: true });
  }
}

function shareAll(record, from) {
  const names = P.keys(from);
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    if (name !== "default" && !P.hasOwn(record.namespace, name))
      share(record, { __proto__: null, [name]: () => from[name] });
  }
}

function pick(namespace, name, where) {
  if (name === "default" && !("default" in namespace)) return namespace;
  if (!(name in namespace)) {
    const error = P.makeError("syntax", 4001, `the module has no export named '${name}'`);
    error.suggestions = [`it has: ${P.join(P.keys(namespace), ", ")}`];
    if (where) error.where = where;
    throw error;
  }
  return namespace[name];
}

function execute(record) {
  const fn = record.run;
  const module = record.module;
  return P.apply(fn, module.exports, [
    tools(record),
    requireFor(record),
    module,
    module.exports,
    record.name,
    record.folder,
  ]);
}

function forgetRecord(record) {
  byName.delete(record.name);
  P.mapEach(byPath, (_, path) => {
    const known = fetched.get(path);
    if (known && known.record === record) fetched.delete(path);
    byPath.delete(path); // the others are found again by their name
  });
}

// What `import` gives for a file without exports of its own: its module.exports, as the default and by name.
function plainNamespace(record) {
  const given = record.module.exports;
  const isObject = typeof given === "object" && given !== null;
  const names = isObject || typeof given === "function" ? P.keys(given) : []; // a function has names, too: lodash
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    if (!P.hasOwn(record.namespace, name)) share(record, { __proto__: null, [name]: () => given[name] });
  }
  // A bundle of modules says so, and then `default` is among the names.
  const isModule = isObject && given.__esModule === true && "default" in given;
  if (!P.hasOwn(record.namespace, "default")) {
    share(record, { __proto__: null, default: isModule ? () => given.default : () => given });
  }
}

function run(record) {
  if (record.running) return record.running;
  const done = record.state === "done"; // it was required before
  record.state = "running";
  record.running = new P.Promise((resolve, reject) => {
    P.observe(
      fetchRequired(record, new P.SafeSet()),
      () => {
        try {
          P.observe(
            P.resolved(done ? undefined : execute(record)),
            () => {
              record.state = "done";
              if (!record.about.module) plainNamespace(record);
              resolve(record.namespace);
            },
            reject,
          );
        } catch (reason) {
          reject(reason);
        }
      },
      reject,
    );
  });
  P.observe(
    record.running,
    () => {},
    () => forgetRecord(record),
  );
  return record.running;
}

// Two files that import each other: the second sees what the first has so far, as everywhere.
function waitsFor(record, wanted) {
  for (let at = record; at; at = at.waitsFor) {
    if (at === wanted) return true;
  }
  return false;
}

// `where` is the place of a static import; the call of another is in the stack.
function importFrom(name, from, where) {
  const context = P.current;
  const site = where ? null : P.site(importFrom);
  return P.track(
    new P.Promise((resolve, reject) => {
      const api = apiModule(name);
      if (api) return resolve(api);
      checkName(name);
      return P.observe(
        load(pathOf(name, from.folder)),
        (record) => {
          if (record.state === "running" && waitsFor(record, from)) return resolve(record.namespace);
          P.current = context;
          from.waitsFor = record;
          const done = (settle) => (value) => {
            from.waitsFor = null;
            settle(value);
          };
          return P.observe(run(record), done(resolve), done(reject));
        },
        (error) => reject(P.placed(error, site, where)),
      );
    }),
  );
}

function requireFor(record) {
  const require = (name) => {
    const api = typeof name === "string" ? apiModule(name) : null;
    if (api) return api;
    checkName(name);
    const known = fetched.get(pathOf(name, record.folder));
    if (!known) {
      throw P.makeError("resource_unavailable", 2007, `require('${name}') was not seen when the spell was read`, [
        "write its name as a literal, or use await import(name)",
      ]);
    }
    if (known.error) throw P.placed(known.error, P.site(require));
    return required(known.record, name);
  };
  return require;
}

function required(record, name) {
  if (record.about.module || record.about.waits) {
    throw P.makeError(
      "resource_unavailable",
      2007,
      `module '${name}' uses import, export or await: it cannot be required`,
      [`write: const it = await import(${P.quote(name)})`],
    );
  }
  if (record.state === "loaded") {
    record.state = "running";
    try {
      execute(record);
      record.state = "done";
    } catch (reason) {
      record.state = "loaded";
      throw reason;
    }
  }
  return record.module.exports;
}

// What a spell gives to the one that loads it: what it returned, else its module.exports, else its exports by name. A
// default export that is a plain object is spread out: what it has can be named directly.
function exportsOf(record, value) {
  if (value !== undefined) return value;
  if (!record.about.module) return record.module.exports;
  const given = record.namespace.default;
  const spread = typeof given === "object" && given !== null && !P.isArray(given) && !P.forms.has(given);
  const found = {};
  const from = spread ? [given, record.namespace] : [record.namespace];
  for (let i = 0; i < from.length; i += 1) {
    const names = P.keys(from[i]);
    for (let k = 0; k < names.length; k += 1) {
      if (!spread || i === 0 || names[k] !== "default") P.own(found, names[k], from[i][names[k]]);
    }
  }
  return found;
}

// For files of this folder that run a text as a module.
P.modules = P.freeze({ __proto__: null, newRecord, tools, requireFor, fetchRequired });

// -- the spell itself -------------------------------------------------------------------------------------------------

let mainRecord = null;

P.setMain = (about, fn) => {
  mainRecord = newRecord(about, fn);
  if (!P.exporting) mainRecord.folder = ""; // the name may be a path from elsewhere; one that is loaded has its own
};

// Run the spell; its value is what it returns, else what it exports as default.
P.startMain = () => {
  const record = mainRecord;
  mainRecord = null;
  const valueOf = (value) => {
    if (P.exporting) return exportsOf(record, value);
    return value === undefined && P.hasOwn(record.namespace, "default") ? record.namespace.default : value;
  };
  return new P.Promise((resolve, reject) => {
    const go = () => P.observe(P.resolved(execute(record)), (value) => resolve(valueOf(value)), reject);
    if (record.about.requires.length === 0) go();
    else P.observe(fetchRequired(record, new P.SafeSet()), go, reject);
  });
};
