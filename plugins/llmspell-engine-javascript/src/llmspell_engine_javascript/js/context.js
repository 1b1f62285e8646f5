// Which call of the kernel's a piece of a script works for, and rejections that nobody has taken.
//
// A context is {invoke, text, scope}: `text` is what its calls say about the function of the kernel's they come from,
// `scope` a set of work that can be cancelled together. It is current while a script runs, and travels over each
// `await` by a reaction that is put on the awaited promise just before the script's own.
const ROOT = { __proto__: null, invoke: 0, text: "", scope: null };

P.ROOT = ROOT;
P.current = ROOT;

P.contextOf = (invoke) => ({ __proto__: null, invoke, text: `,"in":${invoke}`, scope: null });
P.scoped = (context, scope) => ({ __proto__: null, invoke: context.invoke, text: context.text, scope });

P.isWithin = (context, scope) => {
  for (let at = context.scope; at !== null; at = at.parent) {
    if (at === scope) return true;
  }
  return false;
};

P.isCancelled = (context) => {
  for (let at = context.scope; at !== null; at = at.parent) {
    if (at.cancelled) return true;
  }
  return false;
};

// Reasons of rejections since the last turn that no handler has seen.
const unseen = new P.SafeMap();
const excused = new P.SafeWeakMap();

function remember(reason) {
  if (!excused.has(reason)) unseen.set(reason, true);
}

// Nobody needs to handle this one.
P.excuse = (reason) => {
  excused.set(reason, true);
};

function forget(reason) {
  unseen.delete(reason);
}
P.remember = remember;
P.forget = forget;

P.takeUnseen = () => {
  if (unseen.size === 0) return null;
  let found = null;
  P.mapEach(unseen, (_, reason) => {
    found = found || { __proto__: null, reason };
  });
  unseen.clear();
  return found;
};

// Hear the end of a promise without reading anything a script can change.
P.observe = (promise, done, failed) => {
  P.nativeThen(promise, done, (reason) => {
    forget(reason);
    return failed(reason);
  });
};

function track(promise) {
  P.nativeThen(promise, undefined, remember);
  return promise;
}
P.track = track;

// `new Promise(...)` of a script is `made(new Promise(...))`; the name may mean something else there.
P.made = (promise) => {
  try {
    return track(promise);
  } catch {
    return promise;
  }
};

// What an awaited promise came to, and in which context it was awaited. A script holds one for a moment and cannot make
// one: its fields are private.
class Answer {
  #context;
  #ok;
  #value;

  constructor(context, ok, value) {
    this.#context = context;
    this.#ok = ok;
    this.#value = value;
  }

  static open(answer) {
    P.current = answer.#context;
    if (answer.#ok) return answer.#value;
    forget(answer.#value);
    throw answer.#value;
  }
}
delete Answer.prototype.constructor;
P.freeze(P.setPrototypeOf(Answer.prototype, null));

// `await x` of a script is `got(await wait(x))`. V8 tells the callers of a function that waits as long as each promise
// on the way has one reaction: this one is the only one on `x`.
P.wait = (value) => {
  const context = P.current;
  return P.nativeThen(
    P.resolved(value),
    (found) => new Answer(context, true, found),
    (reason) => new Answer(context, false, reason),
  );
};
P.got = Answer.open;

// Where the language itself awaits, a reaction before its own brings the context back.
P.keepContext = (promise) => {
  const context = P.current;
  P.nativeThen(
    promise,
    () => {
      P.current = context;
    },
    (reason) => {
      P.current = context;
      forget(reason);
    },
  );
  return promise;
};

function asyncSteps(iterable) {
  const method = iterable[P.asyncIterator];
  if (method !== undefined && method !== null)
    return { __proto__: null, steps: P.apply(method, iterable, []), plain: false };
  return { __proto__: null, steps: P.apply(iterable[P.iterator], iterable, []), plain: true };
}

// `for await (const x of y)` of a script is `for await (const x of each(y))`.
P.each = (iterable) => {
  const context = P.current;
  const { steps, plain } = asyncSteps(iterable);
  const kept = (result) => {
    P.current = context;
    if (!plain) return P.keepContext(P.resolved(result));
    const made = new P.Promise((resolve, reject) => {
      const value = result.value;
      P.observe(P.resolved(value), (item) => resolve({ __proto__: null, done: result.done, value: item }), reject);
    });
    return P.keepContext(made);
  };
  const iterator = {
    __proto__: null,
    next(value) {
      P.current = context;
      return kept(steps.next(value));
    },
    return(value) {
      const method = steps.return;
      return method
        ? kept(P.apply(method, steps, [value]))
        : P.keepContext(P.resolved({ __proto__: null, done: true, value }));
    },
    throw(reason) {
      const method = steps.throw;
      if (!method) throw reason;
      return kept(P.apply(method, steps, [reason]));
    },
  };
  return { __proto__: null, [P.asyncIterator]: () => iterator };
};

P.failed = (reason) => {
  remember(reason);
  return reason;
};

// Promises of the language keep the context of whoever adds a handler, and know when nobody did.
function keep(handler, context, seen) {
  if (typeof handler !== "function") return handler;
  return (value) => {
    if (seen) forget(value);
    P.current = context;
    return handler(value);
  };
}

const prototype = P.Promise.prototype;
const nativeFinally = prototype.finally;
const replacements = {
  then(onFulfilled, onRejected) {
    const context = P.current;
    return track(P.nativeThen(this, keep(onFulfilled, context, false), keep(onRejected, context, true)));
  },
  finally(handler) {
    return track(P.apply(nativeFinally, this, [handler]));
  },
};
P.fixed(prototype, "then", replacements.then);
P.fixed(prototype, "finally", replacements.finally);
P.fixed(prototype, "constructor", P.Promise);

function tracked(name) {
  const native = P.Promise[name];
  const { [name]: made } = {
    [name](...given) {
      return track(P.apply(native, this, given));
    },
  };
  P.hidden(P.Promise, name, made);
}
tracked("all");
tracked("any");
tracked("race");
tracked("reject");
P.defineProperty(P.Promise, Symbol.species, {
  __proto__: null,
  value: P.Promise,
  configurable: false,
  writable: false,
});
