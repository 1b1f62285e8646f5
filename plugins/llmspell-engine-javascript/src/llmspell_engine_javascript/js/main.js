// The door of the engine: what the machine calls, in texts. Only JSON goes in and out.
const FORM = /"\$/;
const AsyncFunction = (async () => {}).constructor;
let signal = null;

// End everything, from within: the machine hears the signal and gives the isolate up. A script cannot go on meanwhile.
P.stop = () => {
  signal();
  for (;;);
};

const handlers = {
  __proto__: null,
  settle: (one) => P.settle(one[1], one[2], one[3]),
  invoke: (one) => P.invoke(one[1], one[2], one[3]),
  item: (one) => P.streamItem(one[1], one[2], one[3]),
  cancel: (one) => P.cancelInvoke(one[1]),
  release: (one) => P.release(one[1]),
  now: (one) => P.setNow(one[1]),
  main: (one) => P.runMain(one[1], P.startMain),
};

P.door = P.freeze({
  __proto__: null,

  // Begin a run: limits, API, environment.
  hello(text) {
    const given = P.decodeWire(text);
    P.limits = given.limits;
    P.exporting = given.exports;
    P.seedRandom(given.seed);
    if (given.durable) P.makeDurable(given.now);
    P.installApi(given.api);
    P.installGlobals();
    P.installValues(given.env, given.params);
  },

  // Take the spell's own text as a function, and what is known about it.
  main(text, fn) {
    P.setMain(P.parse(text), fn);
  },

  // Answer the call `id` for a module.
  module(id, text, fn) {
    P.settle(id, true, { __proto__: null, about: P.parse(text), run: fn });
  },

  // Run one input of a read-eval loop and answer `id`.
  input(id, text, fn) {
    P.answer(id, P.evaluate, [text, fn]);
  },

  // Name a file before its text is evaluated; its number stands in every frame.
  file(name) {
    P.append(P.files, name);
  },

  constructors(text) {
    P.installConstructors(P.parse(text));
  },

  // Take messages, each a list that begins with its kind.
  feed(text) {
    const list = P.parse(text);
    const forms = P.test(FORM, text);
    for (let i = 0; i < list.length; i += 1) handlers[list[i][0]](forms ? P.revived(list[i]) : list[i]);
  },

  drain: () => P.drain(),
  sweep: () => P.sweep(),
  flush: () => P.flush(),

  // Tell whether a text is the whole body of a function.
  isBody(text) {
    try {
      P.construct(AsyncFunction, [text]);
      return "yes";
    } catch {
      return "no";
    }
  },

  signal(given) {
    signal = given;
  },

  share: () => P.share(),
  listenTo: (given) => P.listenTo(given),
});
