// Promises of calls: what may be asked of an answer before it is there, and what says that it must be awaited first.

// What promises and inspections ask any object for: never the name of a tool.
P.noGetter = {
  __proto__: null,
  then: 1,
  catch: 1,
  finally: 1,
  toJSON: 1,
  constructor: 1,
  prototype: 1,
  inspect: 1,
};

// What only the answer of a call has is not there before it is awaited: say so instead of giving undefined.
const unanswered = new Proxy(P.freeze({ __proto__: P.Promise.prototype }), {
  __proto__: null,
  get(of, name) {
    if (typeof name !== "string" || name in of || P.noGetter[name]) return of[name];
    throw P.invalid(`a call has no ${name} before it is awaited`, [`write (await ...).${name}`]);
  },
});

// A promise of a call can be iterated when its answer is a stream.
const callPrototype = { __proto__: unanswered };
P.callPrototype = callPrototype;
P.fixed(callPrototype, Symbol.toPrimitive, () => {
  throw P.invalid("a call is no text and no number before it is awaited", ["put `await` before the call"]);
});
P.fixed(callPrototype, P.asyncIterator, function iterate() {
  let stream = null;
  const opened = P.keepContext(this);
  const step = (method, value) =>
    new P.Promise((resolve, reject) => {
      const go = (found) => {
        stream = found;
        if (found === null || found === undefined || found[P.asyncIterator] === undefined) {
          return reject(P.invalid("this call gives no stream: await its result instead of iterating over it"));
        }
        return resolve(found[method](value));
      };
      if (stream) go(stream);
      else P.observe(opened, go, reject);
    });
  return { __proto__: null, next: (value) => step("next", value), return: (value) => step("return", value) };
});

P.newCall = (executor, like) => {
  newTarget.prototype = like || callPrototype;
  return P.construct(P.Promise, [executor], newTarget);
};
function newTarget() {}

// Make the method of a call that is called on what the call gives; `like` gives the prototype of its own promise, and
// `finished` that promise as the script gets it.
P.callMethod = (name, like, finished) => {
  const method = {
    [name](...given) {
      const self = this;
      const site = P.site(method);
      const made = P.newCall((resolve, reject) => {
        const go = (handle) => resolve(P.calledAt(site, () => P.apply(handle[name], handle, given)));
        P.observe(P.keepContext(self), go, reject);
      }, like());
      return finished(P.track(made));
    },
  }[name];
  return method;
};
