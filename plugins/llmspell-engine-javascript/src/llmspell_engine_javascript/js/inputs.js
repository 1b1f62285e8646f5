// Inputs of a read-eval loop: each is a module whose declarations and last value stay.

const { newRecord, tools, requireFor, fetchRequired } = P.modules;

// What an input has besides: it declares on the global object, and its last value is kept.
function inputTools(record, found) {
  const given = { __proto__: tools(record) };
  given.declare = (...names) => {
    for (let i = 0; i < names.length; i += 1) if (!(names[i] in globalThis)) P.own(globalThis, names[i], undefined);
  };
  given.keep = (name, value) => {
    globalThis[name] = value;
  };
  given.last = (value) => (found.value = value);
  return P.freeze(given);
}

// Run one input; gives a promise of `{shown}`, or of an empty object when it has no value.
P.evaluate = (text, fn) => {
  const record = newRecord(P.parse(text), fn);
  const found = { __proto__: null, value: undefined };
  const given = [inputTools(record, found), requireFor(record), record.module, record.module.exports, record.name, ""];
  const go = () => P.apply(fn, globalThis, given);
  const shown = () => {
    if (found.value === undefined) return {};
    P.own(globalThis, "_", found.value);
    return { shown: P.inspect(found.value) };
  };
  return new P.Promise((resolve, reject) => {
    const run = () => P.observe(P.resolved(go()), () => resolve(shown()), reject);
    // At once where it can be: what runs in a microtask cannot be interrupted.
    if (record.about.requires.length === 0) run();
    else P.observe(fetchRequired(record, new P.SafeSet()), run, reject);
  });
};
