// setTimeout and its like: timers of the kernel, which keep the spell running as they do in Node.
const timers = new P.SafeMap(); // number -> entry
const LONGEST = 2147483647; // milliseconds; what is longer is none, as in Node
let lastTimer = 0;

function setTimer(handler, delay, given, again) {
  if (typeof handler !== "function") throw P.invalid("a timer takes a function, not text");
  const wanted = +delay || 0;
  const ms = P.max(wanted <= LONGEST ? wanted : 1, again ? 1 : 0);
  const context = P.current;
  lastTimer += 1;
  const number = lastTimer;
  const arm = () => {
    timers.set(
      number,
      P.ask("Async.sleep", `${ms}`, fire, () => timers.delete(number), false),
    );
  };
  const site = P.durable && again ? P.site(setTimer) : null;
  const fire = () => {
    if (again) P.calledAt(site, arm);
    else timers.delete(number);
    P.current = context;
    const value = P.apply(handler, undefined, given);
    if (P.isPromise(value)) P.track(value);
  };
  arm();
  return number;
}

function clearTimer(number) {
  const entry = timers.get(number);
  if (entry) {
    timers.delete(number);
    P.cancelCall(entry);
  }
}

P.timers = {
  setTimeout: (handler, delay, ...given) => setTimer(handler, delay, given, false),
  setInterval: (handler, delay, ...given) => setTimer(handler, delay, given, true),
  setImmediate: (handler, ...given) => setTimer(handler, 0, given, false),
  clearTimeout: clearTimer,
  clearInterval: clearTimer,
  clearImmediate: clearTimer,
  queueMicrotask(handler) {
    const context = P.current;
    P.track(
      P.nativeThen(P.resolved(), () => {
        P.current = context;
        return P.apply(handler, undefined, []);
      }),
    );
  },
};
