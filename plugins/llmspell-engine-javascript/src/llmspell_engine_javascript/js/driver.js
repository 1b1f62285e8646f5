// The driver: calls to the kernel, the outbox, functions the kernel calls, and the end of a run.
const MAX_MESSAGE = 16 * 1024 * 1024 - 65536; // bytes, as the wire has it, and room for what is around the values
const MAX_CALLBACKS = 100000;

let out = "";
let calls = 0;
let lastCall = 0;
const waiting = new P.SafeMap(); // call id -> {context, resolve, reject, site, settled}
const invokes = new P.SafeMap(); // invoke id -> {context, main}
// waiting, running, returned, over; `loaded` is a spell that another loaded: it has given its exports, and goes on
const main = { __proto__: null, id: null, text: null, value: null, state: "waiting" };
let background = 0; // calls that the end of the run does not wait for

P.limits = { __proto__: null, calls: 4096, output: Infinity };

// Bytes of a text as UTF-8; texts of the wire are well formed.
function byteLength(text) {
  let size = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = P.code(text, i);
    if (unit > 0x7f) size += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return size;
}

P.byteLength = byteLength;

P.checkSize = (text) => {
  if (text.length * 3 <= MAX_MESSAGE) return;
  const size = byteLength(text);
  if (size > MAX_MESSAGE) throw P.exhausted(`a message of ${size} bytes passes the limit of ${MAX_MESSAGE} bytes`);
};

function post(text) {
  out += out ? `,${text}` : text;
}
P.post = post;

// -- calls ------------------------------------------------------------------------------------------------------------

function cancelledError() {
  const error = P.makeError("cancelled", null, "the call was cancelled");
  P.excuse(error); // whoever cancelled does not wait for it
  return error;
}

function refused(context) {
  if (P.isCancelled(context)) return cancelledError();
  if (calls >= P.limits.calls) {
    return P.exhausted(`more than ${P.limits.calls} calls are outstanding`, ["await some of them first"]);
  }
  return null;
}

function send(entry, op, text) {
  P.checkSize(text);
  lastCall += 1;
  calls += 1;
  entry.id = lastCall;
  waiting.set(lastCall, entry);
  const place = P.durable ? P.placeText(entry.site || entry.asked) : "";
  post(`{"t":"call","id":${lastCall}${entry.context.text},"op":${P.quote(op)},"args":[${text}]${place}}`);
}

function fail(entry, reason) {
  P.remember(reason);
  entry.reject(reason);
}

// Send once everything that the arguments mention is ready. The text was made when the script called.
function sendLater(entry, op, text, late, list) {
  const handles = [];
  let left = late.length;
  entry.given = list; // what the text mentions must live until it is sent
  calls += 1; // keeps its place among the outstanding calls
  const ready = () => {
    left -= 1;
    if (left > 0 || entry.id === null) return;
    calls -= 1;
    entry.id = null;
    try {
      const stopped = refused(entry.context);
      if (stopped) throw stopped;
      send(entry, op, P.completed(text, handles));
      entry.given = null;
    } catch (reason) {
      fail(entry, reason);
    }
  };
  for (let i = 0; i < late.length; i += 1) {
    P.observe(
      late[i],
      (handle) => {
        handles[i] = handle;
        ready();
      },
      (reason) => {
        if (entry.id === null) return;
        calls -= 1;
        entry.id = null;
        fail(entry, reason);
      },
    );
  }
}

let lent = null; // where the script made a call that is sent only now

// Do what the script asked for at `site`, before there was an object to do it with.
P.calledAt = (site, work) => {
  const before = lent;
  lent = site;
  try {
    return work();
  } finally {
    lent = before;
  }
};

/**
 * Call the operation `op` and give a promise of its answer.
 *
 * `head` is text that precedes the arguments (a handle), `like` the prototype of the promise, `from` the function that
 * the script called.
 */
P.call = (op, label, head, list, like, from) => {
  const entry = { __proto__: null, id: 0, context: P.current, resolve: null, reject: null, site: null, given: null };
  const promise = P.newCall((resolve, reject) => {
    entry.resolve = resolve;
    entry.reject = reject;
  }, like);
  callsOf.set(promise, entry);
  try {
    const stopped = refused(entry.context);
    if (stopped) throw stopped;
    const sent = { __proto__: null, late: null };
    const args = P.encodeArguments(label, list, sent);
    const text = head && args ? `${head},${args}` : head + args;
    entry.site = lent || P.site(from);
    if (sent.late) sendLater(entry, op, text, sent.late, list);
    else send(entry, op, text);
  } catch (reason) {
    fail(entry, reason);
  }
  return promise;
};

// A call of the prelude's own: no error of it has a place in the script.
P.ask = (op, text, done, failed, unawaited) => {
  const entry = { __proto__: null, id: 0, context: P.current, resolve: done, reject: failed, site: null };
  if (P.durable) entry.asked = lent || P.site(P.ask);
  const stopped = refused(entry.context);
  if (stopped) throw stopped;
  if (unawaited) {
    entry.background = true;
    background += 1;
  }
  send(entry, op, text);
  return entry;
};

const callsOf = new P.SafeWeakMap(); // promise -> entry

function drop(entry) {
  waiting.delete(entry.id);
  calls -= 1;
  if (entry.background) background -= 1;
}

P.cancelCall = (entry) => {
  if (waiting.get(entry.id) === entry) {
    drop(entry);
    post(`{"t":"cancel","id":${entry.id}}`);
    return true;
  }
  return false;
};

// Give up on a promise of a call, when it is one.
P.cancelPromise = (promise) => {
  const entry = callsOf.get(promise);
  if (entry && P.cancelCall(entry)) entry.reject(cancelledError());
};

// Cancel what was called within a scope.
P.cancelScope = (scope) => {
  scope.cancelled = true;
  P.mapEach(waiting, (entry) => {
    if (P.isWithin(entry.context, scope) && P.cancelCall(entry)) entry.reject(cancelledError());
  });
};

function cancelInvokeCalls(invoke) {
  P.mapEach(waiting, (entry) => {
    if (entry.context.invoke === invoke && P.cancelCall(entry)) entry.reject(cancelledError());
  });
}

P.settle = (id, ok, value) => {
  const entry = waiting.get(id);
  if (entry === undefined) return; // nobody waits for it any more
  drop(entry);
  P.current = entry.context;
  try {
    if (ok) entry.resolve(value);
    else if (entry.site) fail(entry, P.kernelError(value, entry.site));
    else entry.reject(P.kernelError(value, null));
  } catch (reason) {
    P.remember(reason); // thrown by a timer's function: nobody can catch it
  }
};

// Something outstanding that is no call: a reader of a stream.
P.hold = () => {
  calls += 1;
};
P.unhold = () => {
  calls -= 1;
};

// The run waits for a background call from now on, though nothing outstanding says so.
P.adopt = (entry) => {
  if (entry.background) {
    entry.background = false;
    background -= 1;
  }
};

// -- functions the kernel may call ------------------------------------------------------------------------------------

P.callbacks = new P.SafeMap(); // n -> function
const numbers = new P.SafeMap(); // function -> {n, sent}
let lastCallback = 0;

P.callbackForm = (fn) => {
  let known = numbers.get(fn);
  if (known === undefined) {
    if (P.callbacks.size >= MAX_CALLBACKS) {
      throw P.exhausted(`more than ${MAX_CALLBACKS} functions were handed to the kernel`);
    }
    lastCallback += 1;
    known = { __proto__: null, n: lastCallback, sent: 0 };
    numbers.set(fn, known);
    P.callbacks.set(lastCallback, fn);
  }
  known.sent += 1;
  return `{"$fn":${known.n}}`;
};

P.release = (n) => {
  const fn = P.callbacks.get(n);
  const known = fn && numbers.get(fn);
  if (known) {
    known.sent -= 1;
    if (known.sent <= 0) {
      numbers.delete(fn);
      P.callbacks.delete(n);
    }
  }
};

function failureText(id, reason, advice) {
  return `{"t":"return","id":${id},"ok":false,"error":${P.encodeError(reason, advice)}}`;
}

function returnText(id, value) {
  try {
    const text = P.encodeWire(value, "return value");
    P.checkSize(text);
    return `{"t":"return","id":${id},"ok":true,"value":${text}}`;
  } catch (reason) {
    return failureText(id, reason);
  }
}

function answered(id, text) {
  if (invokes.delete(id)) post(text);
}

function refusal(id, message) {
  post(failureText(id, P.makeError("runtime", 4002, message)));
}

// Run a function for the kernel; a promise it gives is waited for.
P.invoke = (id, fn, list) => {
  const target = P.callbacks.get(fn);
  if (target === undefined) return refusal(id, `there is no function ${fn}`);
  return P.answer(id, target, list);
};

P.answer = (id, target, list) => {
  const context = P.contextOf(id);
  invokes.set(id, context);
  P.current = context;
  try {
    const value = P.apply(target, undefined, list);
    if (typeof value !== "object" || value === null) return answered(id, returnText(id, value));
    P.observe(
      P.resolved(value),
      (found) => answered(id, returnText(id, found)),
      (reason) => answered(id, failureText(id, reason)),
    );
  } catch (reason) {
    P.forget(reason);
    answered(id, failureText(id, reason));
  }
};

P.cancelInvoke = (id) => {
  if (id === main.id) return stopMain(failureText(id, cancelledError()));
  if (invokes.has(id)) {
    answered(id, failureText(id, cancelledError()));
    cancelInvokeCalls(id);
  }
};

// -- the run ----------------------------------------------------------------------------------------------------------

// Run the main chunk. Its answer is held back until nothing that it began is outstanding, as in Node.
P.runMain = (id, start) => {
  main.id = id;
  main.state = "running";
  P.current = P.ROOT;
  P.observe(
    P.resolved(start()),
    (value) => {
      if (main.state !== "running") return;
      if (P.exporting) {
        main.state = "loaded";
        return post(returnText(id, value));
      }
      main.state = "returned";
      main.text = returnText(id, value);
      main.value = value; // what the text mentions must live until it is sent
    },
    (reason) => stopMain(failureText(id, reason)),
  );
};

// End the run: cancel what is left and answer the main chunk.
function stopMain(text) {
  if (main.state === "over" || main.state === "loaded") return;
  main.state = "over";
  main.value = null;
  P.mapEach(waiting, (entry) => {
    if (entry.context.invoke === 0) P.cancelCall(entry);
  });
  P.closeStreams();
  post(text);
}

function unhandled(reason) {
  if (main.state === "running" || main.state === "returned") {
    stopMain(failureText(main.id, reason, ["await the promise that was rejected, or add .catch(...) to it"]));
  } else {
    P.writeLog("error", `a rejected promise was not handled: ${P.parseError(reason).message}`, null);
  }
}

// Nothing can ever wake the main chunk: no call, no stream, no function of its own that somebody could call.
function isStuck() {
  return main.state === "running" && calls === 0 && invokes.size === 0 && P.callbacks.size === 0;
}

// Give what was sent since the last time, as the inside of a JSON list.
P.flush = () => {
  const text = out;
  out = "";
  return text;
};

// The same after every microtask has run: only now it is known what nobody handles, and whether the run is over.
P.drain = () => {
  const found = P.takeUnseen();
  if (found) unhandled(found.reason);
  if (main.state === "returned" && calls === background) stopMain(main.text);
  else if (isStuck()) {
    const advice = ["something awaits a promise that nobody resolves"];
    stopMain(failureText(main.id, P.makeError("runtime", 4002, "the spell waits for what cannot come", advice)));
  }
  if (P.isFull()) post('{"t":"collect"}'); // for the machine
  return P.flush();
};
