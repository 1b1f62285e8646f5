// The script API from a text of names: namespaces, classes of handles, and constructors of tools.
const MARKS = { __proto__: null, "!": "post", "=": "local" };
const WORD = /([\w@*]+)([!=]?)/g;
const gives = { __proto__: null }; // operation whose answer is a handle -> its kind: its methods can be called on the promise

P.spaces = { __proto__: null }; // namespace -> what scripts see
P.locals = { __proto__: null }; // namespace or kind of handle -> functions this engine implements itself
const kinds = { __proto__: null }; // kind of handle -> {kind, names, create, promises}
const suffixes = [];
const states = new P.SafeWeakMap(); // handle -> {kind, form, ready}

P.moduleNames = { __proto__: null }; // what a module may be called -> namespace, in lower case
P.absent = { __proto__: null }; // name -> why it is not there

P.absentMessage = (name) => `${name} is not available: ${P.absent[name]}`;

// Let reading a name that has no back end yet say so.
function refuse(target, spelled, name) {
  P.defineProperty(target, spelled, {
    __proto__: null,
    get() {
      throw P.makeError("api_unavailable", 4007, P.absentMessage(name));
    },
    enumerable: false,
    configurable: false,
  });
}
P.refuse = refuse;

// Do so for the members of a namespace or of a kind of handle.
function refuseMembers(owner, ...targets) {
  const names = P.keys(P.absent);
  for (let i = 0; i < names.length; i += 1) {
    if (!P.startsWith(names[i], `${owner}.`)) continue;
    const member = P.slice(names[i], owner.length + 1);
    for (let j = 0; j < targets.length; j += 1) {
      refuse(targets[j], member, names[i]);
      if (camel(member) !== member) refuse(targets[j], camel(member), names[i]);
    }
  }
}

function camel(name) {
  let text = "";
  for (let i = 0; i < name.length; i += 1) {
    if (name[i] === "_" && i > 0 && i + 1 < name.length) {
      i += 1;
      text += P.upper(name[i]);
    } else text += name[i];
  }
  return text;
}

function words(text) {
  const found = [];
  for (let at = P.match(WORD, text); at; at = next(text)) {
    P.append(found, { __proto__: null, name: at[1], mark: MARKS[at[2]] || "call" });
  }
  return found;
}
const exec = RegExp.prototype.exec;
function next(text) {
  return P.apply(exec, WORD, [text]); // goes on where the last one ended
}

// Give a function its name, and both its spellings to a target.
function define(target, name, make) {
  const fn = make(camel(name));
  P.shown(target, name, fn);
  if (camel(name) !== name) P.hidden(target, camel(name), fn);
  return fn;
}

// -- handles ----------------------------------------------------------------------------------------------------------

function methodOf(kind, name) {
  const op = `${kind}.${name}`;
  return (spelled) => {
    const made = {
      [spelled](...given) {
        const state = states.get(this);
        if (state === undefined || state.kind !== kind) {
          throw P.invalid(`${kind}.${spelled} was called without its object`, [`write ${kind}.${spelled}(...)`]);
        }
        const label = `${kind}.${spelled}`;
        if (!state.form) return standing(op, P.callOn(op, label, this, given, made));
        return standing(op, P.call(op, label, state.form, given, promisesOf(op), made));
      },
    }[spelled];
    return made;
  };
}

// Call a method of an object that is not ready yet.
P.callOn = (op, label, handle, given, from) => {
  const list = [handle];
  for (let i = 0; i < given.length; i += 1) P.append(list, given[i]);
  return P.call(op, label, "", list, promisesOf(op), from);
};

// Give the methods that the promise of a call has: those of the handle it will give.
function promisesOf(op) {
  const kind = gives[op];
  return kind && kinds[kind] ? kinds[kind].promises : null;
}

// Let the promise of a handle stand for it where one is wanted.
function standing(op, promise) {
  if (gives[op]) P.awaited.set(promise, promise);
  return promise;
}

function newKind(kind, text, create) {
  const about = { __proto__: null, kind, create: create || class Handle {}, promises: { __proto__: P.callPrototype } };
  const prototype = about.create.prototype;
  if (!create) P.hidden(about.create, "name", P.upper(kind[0]) + P.slice(kind, 1));
  const list = words(text);
  const own = P.locals[kind] || { __proto__: null };
  for (let i = 0; i < list.length; i += 1) {
    if (list[i].mark !== "local") define(prototype, list[i].name, methodOf(kind, list[i].name));
    else if (own[camel(list[i].name)]) define(prototype, list[i].name, () => own[camel(list[i].name)]);
    else throw missingLocal(kind, list[i].name);
    const op = `${kind}.${list[i].name}`;
    const finished = (promise) => standing(op, promise);
    define(about.promises, list[i].name, (spelled) => P.callMethod(spelled, () => promisesOf(op), finished));
  }
  refuseMembers(kind, prototype, about.promises);
  P.hidden(prototype, "toString", function toString() {
    const state = states.get(this);
    const number = state && state.form ? P.match(/,([^\]]*)\]/, state.form)[1] : "?";
    return `${kind}#${number}`;
  });
  P.freeze(prototype);
  kinds[kind] = about;
  return about;
}

function showFields(handle, fields) {
  const keys = fields ? P.keys(fields) : [];
  for (let i = 0; i < keys.length; i += 1) {
    const name = keys[i];
    if (P.hasOwn(handle, name)) continue; // a class of the script's own has a field of this name
    P.defineProperty(handle, name, {
      __proto__: null,
      value: fields[name],
      configurable: true,
      enumerable: true,
      writable: false,
    });
  }
}

function become(handle, kind, form, fields) {
  states.set(handle, { __proto__: null, kind, form });
  P.forms.set(handle, form);
  showFields(handle, fields);
}

// Give the one object that stands for a handle of the kernel.
P.handle = (kind, id, fields) => {
  const form = `{"$h":[${P.quote(kind)},${typeof id === "string" ? P.quote(id) : id}]}`;
  let handle = P.standIn(form);
  if (handle === undefined) {
    const about = kinds[kind] || newKind(kind, "");
    handle = P.construct(Object, [], about.create);
    P.standFor(form, handle);
    become(handle, kind, form, null);
  }
  P.received(form);
  showFields(handle, fields);
  return handle;
};

// Give the one function that stands for one of another script; it gives a promise, as functions of the API do.
P.foreignFunction = (id) => {
  const form = `{"$h":["function",${id}]}`;
  let made = P.standIn(form);
  if (made === undefined) {
    const call = (...given) => P.call("Spell.@call", "function", form, [given], null, call);
    P.hidden(call, "name", "function");
    made = call;
    P.standFor(form, made);
    P.forms.set(made, form);
  }
  P.received(form);
  return made;
};

// Make an object that will be a handle when the kernel has answered. It can be used at once.
function soon(handle, kind, op, list, from) {
  states.set(handle, { __proto__: null, kind, form: null });
  const answer = P.call(op, op, "", list, null, from);
  const ready = new P.Promise((resolve, reject) => {
    P.observe(
      answer,
      (found) => {
        become(handle, kind, P.forms.get(found), null);
        P.standFor(P.forms.get(found), handle);
        showFields(handle, found);
        resolve(handle);
      },
      reject,
    );
  });
  P.track(ready);
  P.awaited.set(handle, ready);
  return handle;
}

// -- namespaces -------------------------------------------------------------------------------------------------------

function spaceFunction(space, name, mark) {
  const op = `${space}.${name}`;
  return (spelled) => {
    const label = `${space}.${spelled}`;
    const made = {
      [spelled](...given) {
        if (mark === "post") return P.postOutput(op, given);
        return standing(op, P.call(op, label, "", given, promisesOf(op), made));
      },
    }[spelled];
    return made;
  };
}

// A namespace with `new` is a class: `new Agent({...})`.
function newSpace(space, kind, list) {
  let target = { __proto__: null };
  for (let i = 0; i < list.length; i += 1) {
    if (list[i].name === "new") target = constructorOf(space, kind, `${space}.new`, (given) => given);
  }
  return target;
}

function constructorOf(name, kind, op, argumentsOf, parent) {
  const made = class extends (parent || P.Plain) {
    constructor(...given) {
      super(skipped);
      const options = given[0];
      if (options === skipped) return;
      soon(this, kind, op, argumentsOf(given), new.target);
      // Its name is known before the kernel has answered; the rest of what can be read of it comes with the answer.
      if (options && typeof options.name === "string") showFields(this, { __proto__: null, name: options.name });
    }
  };
  P.hidden(made, "name", name);
  return made;
}
const skipped = { __proto__: null }; // says that a class below makes the handle
P.Plain = class Plain {
  constructor() {} // nothing to do, and nothing of Object's
};

function missingLocal(space, name) {
  return new P.Error(`engine javascript does not implement the local function ${space}.${name}`);
}

// Functions that are classes, too: `new Workflow.Sequential({...})` is `Workflow.sequential({...})`.
const classes = { __proto__: null }; // namespace -> their names

function addClasses(target, space, kind) {
  const names = classes[space] ? P.split(classes[space], " ") : [];
  for (let i = 0; i < names.length; i += 1) {
    const name = P.upper(names[i][0]) + P.slice(camel(names[i]), 1);
    const made = constructorOf(name, kind, `${space}.${names[i]}`, (given) => given, target);
    P.hidden(target, name, P.freeze(made));
  }
}

function fill(target, space, list) {
  const own = P.locals[space] || { __proto__: null };
  for (let i = 0; i < list.length; i += 1) {
    const { name, mark } = list[i];
    if (name === "*" || P.hasOwn(target, name)) continue;
    if (mark !== "local") define(target, name, spaceFunction(space, name, mark));
    else if (own[camel(name)]) define(target, name, () => own[camel(name)]);
    else throw missingLocal(space, name);
  }
  const more = P.keys(own);
  for (let i = 0; i < more.length; i += 1) {
    if (!P.hasOwn(target, more[i])) P.hidden(target, more[i], own[more[i]]);
  }
}

// Unknown names of `Tools` are tools: one object for each, fetched when it is named.
function withGetter(space, target) {
  const known = new P.SafeMap();
  return new Proxy(P.freeze(target), {
    __proto__: null,
    get(of, name) {
      if (typeof name !== "string" || P.hasOwn(of, name) || P.noGetter[name]) return of[name];
      if (!known.has(name)) {
        const tool = P.construct(Object, [], kinds.tool ? kinds.tool.create : Object);
        known.set(name, soon(tool, "tool", `${space}.@get`, [name], undefined));
      }
      return known.get(name);
    },
  });
}

function installSpace(space, text) {
  const list = words(text);
  const kind = P.lower(space);
  const native = space === "JSON" ? JSON : null; // the language's own, with what the API has more
  const target = native || newSpace(space, kind, list);
  fill(target, space, list);
  addClasses(target, space, kind);
  refuseMembers(space, target);
  const getter = list.length > 0 && list[list.length - 1].name === "*";
  const shown = getter ? withGetter(space, target) : target;
  if (!native && !getter) P.freeze(target);
  P.shown(P.spaces, space, shown);
  if (!native) P.shown(globalThis, space, shown);
  return typeof target === "function" ? target : null;
}

// Make the constructors that a text mentions: `new HttpTool({...})`.
P.installConstructors = (names) => {
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    const about = constructorNamed(name);
    if (!about || P.spaces[name] || name in globalThis) continue;
    const { kind, op } = about;
    const made = constructorOf(name, kind, op, (given) => [name, given[0]], kinds[kind] && kinds[kind].create);
    P.hidden(made, "new", (options) => P.call(op, name, "", [name, options], kinds[kind].promises, undefined));
    P.shown(P.spaces, name, P.freeze(made));
    P.hidden(globalThis, name, made);
  }
};

function constructorNamed(name) {
  if (name[0] === P.lower(name[0])) return null;
  for (let i = 0; i < suffixes.length; i += 1) {
    const { ending } = suffixes[i];
    if (ending === name) return suffixes[i];
    if (ending[0] === "*" && name.length >= ending.length && P.slice(name, 1 - ending.length) === P.slice(ending, 1))
      return suffixes[i];
  }
  return null;
}

function constructorLine(ending, rest) {
  const [space, kind] = P.split(rest, " ");
  return { __proto__: null, ending, op: `${space}.@construct`, kind };
}

function note(target, text, value) {
  const names = P.split(text, " ");
  for (let i = 0; i < names.length; i += 1) target[names[i]] = value;
}

// Put the API where scripts find it.
P.installApi = (api) => {
  const lines = P.split(api, "\n");
  const made = { __proto__: null };
  for (let i = 0; i < lines.length; i += 1) {
    const line = P.match(/^([CNHPGXRM]) (\S+) ?(.*)$/, lines[i]);
    if (!line) continue;
    if (line[1] === "X") P.absent[line[2]] = line[3];
    else if (line[1] === "C") classes[line[2]] = line[3];
    else if (line[1] === "H") newKind(line[2], line[3], made[line[2]]);
    else if (line[1] === "N") made[P.lower(line[2])] = installSpace(line[2], line[3]);
    else if (line[1] === "P") P.installPosts(P.split(P.slice(lines[i], 2), " "));
    else if (line[1] === "G") P.append(suffixes, constructorLine(line[2], line[3]));
    else if (line[1] === "R") note(gives, line[3], line[2]);
    else note(P.moduleNames, line[3], P.lower(line[2]));
  }
  P.nameParts();
};
