// Async.*: waiting and work side by side. Numbers are milliseconds.
const Async = { __proto__: null };
P.locals.Async = Async;

function least(value, name, bound) {
  if (typeof value !== "number" || !P.isFinite(value) || value < bound) {
    throw P.invalid(`${name} must be a number of at least ${bound}, not ${P.inspect(value)}`);
  }
  return value;
}

const UNITS = { __proto__: null, ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };
const PART = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/;
const BLANK = /^\s*$/;

// Give milliseconds for a number of them, or for text with units: "500ms", "1h30m".
function milliseconds(value, name) {
  if (typeof value !== "string") return least(value, name, 0);
  let total = null;
  let rest = value;
  for (let part = P.match(PART, rest); part; part = P.match(PART, rest)) {
    total += +part[1] * UNITS[part[2]];
    rest = P.slice(rest, part[0].length);
  }
  if (total === null || !P.test(BLANK, rest)) {
    throw P.invalid(`${name} must be milliseconds or a text such as "500ms", not ${P.inspect(value)}`);
  }
  return total;
}

function sleep(ms, unawaited) {
  return new P.Promise((resolve, reject) => {
    P.ask("Async.sleep", `${ms}`, resolve, reject, unawaited);
  });
}

function start(job, given) {
  return typeof job === "function" ? P.apply(job, undefined, given || []) : job;
}

// Run a function within a scope of its own, so that what it calls can be cancelled.
function within(scope, job, given) {
  const before = P.current;
  P.current = P.scoped(before, scope);
  try {
    return P.resolved(start(job, given));
  } catch (reason) {
    return P.rejected(reason);
  } finally {
    P.current = before;
  }
}

function newScope() {
  return { __proto__: null, parent: P.current.scope, cancelled: false, jobs: [] };
}

function begin(scope, job) {
  P.append(scope.jobs, job);
  return within(scope, job);
}

function cancel(scope) {
  P.cancelScope(scope);
  for (let i = 0; i < scope.jobs.length; i += 1) P.cancelPromise(scope.jobs[i]);
}

// Start the jobs of a list or a map and hear each end once; `visit` says when there is no need to hear more.
function collect(jobs, name, visit, finish) {
  if (typeof jobs !== "object" || jobs === null)
    throw P.invalid(`${name} takes a list of functions, promises or values`);
  const keys = P.keys(jobs);
  const scope = newScope();
  let left = keys.length;
  let over = false;
  const heard = (key, ok, value) => {
    left -= 1;
    if (over) return;
    if (visit(key, ok, value) || left === 0) {
      over = true;
      if (left > 0) cancel(scope);
      finish();
    }
  };
  if (left === 0) finish();
  for (let i = 0; i < keys.length; i += 1) {
    const promise = begin(scope, jobs[keys[i]]);
    P.observe(
      promise,
      (value) => heard(keys[i], true, value),
      (reason) => heard(keys[i], false, reason),
    );
  }
}

function results(jobs) {
  return P.isArray(jobs) ? [] : {};
}

function put(target, key, value) {
  P.own(target, key, value);
}

const promised = (work) => P.track(new P.Promise(work));

Async.run = (job) => promised((resolve) => resolve(start(job)));

// Give the results under their keys; the first failure is thrown and cancels the others.
Async.all = (jobs) =>
  promised((resolve, reject) => {
    const found = results(jobs);
    let failure = null;
    collect(
      jobs,
      "Async.all",
      (key, ok, value) => {
        if (ok) put(found, key, value);
        else failure = { __proto__: null, value };
        return !ok;
      },
      () => (failure ? reject(failure.value) : resolve(found)),
    );
  });

Async.allSettled = (jobs) =>
  promised((resolve) => {
    const found = results(jobs);
    collect(
      jobs,
      "Async.allSettled",
      (key, ok, value) =>
        put(found, key, ok ? { status: "fulfilled", value } : { status: "rejected", reason: value }) && false,
      () => resolve(found),
    );
  });

// Give the end of the job that ends first; the others are cancelled.
Async.race = (jobs) =>
  promised((resolve, reject) => {
    let first = null;
    collect(
      jobs,
      "Async.race",
      (_, ok, value) => {
        first = first || { __proto__: null, ok, value };
        return true;
      },
      () => {
        if (!first) reject(P.invalid("Async.race needs at least one job"));
        else if (first.ok) resolve(first.value);
        else reject(first.value);
      },
    );
  });

// Give the result of a job, or cancel it after a time and throw an error of type timeout.
Async.timeout = (job, duration) =>
  promised((resolve, reject) => {
    const ms = milliseconds(duration, "the time of Async.timeout");
    const late = P.makeError("timeout", 4004, `no result after ${ms} ms`);
    late.recoverable = true;
    const scope = newScope();
    let timer = null;
    const ended = (settle) => (value) => {
      P.cancelCall(timer);
      settle(value);
    };
    timer = P.ask(
      "Async.sleep",
      `${ms}`,
      () => {
        reject(late);
        cancel(scope);
      },
      reject,
      false,
    );
    P.observe(begin(scope, job), ended(resolve), ended(reject));
  });
Async.withTimeout = Async.timeout;

function option(config, names, otherwise) {
  for (let i = 0; i < names.length; i += 1) {
    if (config[names[i]] !== undefined && config[names[i]] !== null) return config[names[i]];
  }
  return otherwise;
}

function retryOptions(given) {
  const config = typeof given === "number" ? { attempts: given } : given || {};
  if (typeof config !== "object") throw P.invalid("Async.retry takes a number of attempts or an object of options");
  const retries = option(config, ["retries", "maxRetries", "max_retries"], 2);
  return {
    __proto__: null,
    attempts: least(option(config, ["attempts", "maxAttempts", "max_attempts"], retries + 1), "attempts", 1),
    delay: milliseconds(
      option(config, ["delay", "delayMs", "delay_ms", "initialDelay", "initial_delay", "baseDelay", "base_delay"], 0),
      "delay",
    ),
    longest: milliseconds(option(config, ["maxDelay", "max_delay"], 30000), "maxDelay"),
    backoff: option(config, ["backoff", "backoffFactor", "backoff_factor", "multiplier"], 2),
    wanted: option(config, ["shouldRetry", "should_retry", "retryIf", "retry_if"], null),
    onRetry: option(config, ["onRetry", "on_retry"], null),
  };
}

function nextDelay(delay, options) {
  const backoff = options.backoff;
  const factor = typeof backoff === "number" ? backoff : backoff === "exponential" ? 2 : 1;
  return P.min(delay * factor, options.longest);
}

// Call `job(attempt)` until it succeeds; the last error is thrown.
Async.retry = (job, config) =>
  promised((resolve, reject) => {
    if (typeof job !== "function")
      throw P.invalid("Async.retry takes a function: it must be possible to start it again");
    const options = retryOptions(config);
    const context = P.current;
    const attempt = (number, delay) => {
      P.current = context;
      P.observe(within(context.scope, job, [number]), resolve, (reason) => {
        P.current = context;
        if (number >= options.attempts) return reject(reason);
        const go = (wanted) => {
          if (wanted === false || wanted === undefined || wanted === null) return reject(reason);
          if (options.onRetry) P.apply(options.onRetry, undefined, [reason, number]);
          const again = () => attempt(number + 1, nextDelay(delay, options));
          return delay > 0 ? P.observe(sleep(delay), again, reject) : again();
        };
        return guarded(
          () =>
            P.observe(
              P.resolved(options.wanted ? options.wanted(reason, number) : true),
              (wanted) => guarded(() => go(wanted), reject),
              reject,
            ),
          reject,
        );
      });
    };
    attempt(1, options.delay);
  });

function guarded(work, reject) {
  try {
    work();
  } catch (reason) {
    reject(reason);
  }
}

// Like retry; a number counts the attempts after the first.
Async.withRetry = (job, retries) => Async.retry(job, typeof retries === "number" ? { attempts: retries + 1 } : retries);

Async.yield = () => P.track(sleep(0, false));
Async.yieldFor = (duration) => P.track(sleep(milliseconds(duration, "the time of Async.yieldFor"), false));

// Look at `condition` every `interval` milliseconds (default 10) until it holds.
Async.yieldUntil = (condition, given) =>
  promised((resolve, reject) => {
    const options = given || {};
    const interval = milliseconds(option(options, ["interval"], 10), "interval");
    const limit = option(options, ["timeout"], null);
    const context = P.current;
    let left = limit === null ? null : milliseconds(limit, "timeout");
    const look = () =>
      guarded(() => {
        P.current = context;
        P.observe(
          P.resolved(condition()),
          (holds) => {
            P.current = context;
            if (holds) return resolve();
            if (left !== null && left <= 0)
              return reject(P.makeError("timeout", 4004, `the condition did not hold after ${limit} ms`));
            left = left === null ? null : left - P.max(interval, 1);
            return guarded(() => P.observe(sleep(interval), look, reject), reject);
          },
          reject,
        );
      }, reject);
    look();
  });

function method(resource, names) {
  for (let i = 0; resource !== null && resource !== undefined && i < names.length; i += 1) {
    if (typeof resource[names[i]] === "function") return resource[names[i]];
  }
  return null;
}

function release(owner, held, settle, reject) {
  const closing = method(owner, ["release", "close"]);
  if (!closing) return settle();
  return guarded(() => P.observe(P.resolved(P.apply(closing, owner, [held])), settle, reject), reject);
}

// Open `resource` (acquire/open), give it to `job`, and close it (release/close) however `job` ends.
Async.withResource = (resource, job) =>
  promised((resolve, reject) => {
    const context = P.current;
    const isMaker = typeof resource === "function";
    const open = isMaker ? resource : method(resource, ["acquire", "open"]);
    const use = (opened) => {
      const held = opened === undefined || opened === null ? resource : opened;
      const owner = !isMaker && method(resource, ["release", "close"]) ? resource : held;
      P.current = context;
      P.observe(
        within(context.scope, job, [held]),
        (value) => release(owner, held, () => resolve(value), reject),
        (reason) => release(owner, held, () => reject(reason), reject),
      );
    };
    P.observe(P.resolved(open ? P.apply(open, isMaker ? undefined : resource, []) : resource), use, reject);
  });

// Run `job` later unless the run ends before; its failure is logged. Give a timer with `cancel()`.
Async.schedule = (duration, job) => {
  const ms = milliseconds(duration, "the time of Async.schedule");
  if (typeof job !== "function") throw P.invalid("Async.schedule takes a function");
  const context = P.current;
  const timer = P.ask(
    "Async.sleep",
    `${ms}`,
    () => {
      P.hold();
      P.current = context;
      P.observe(
        within(context.scope, job),
        () => P.unhold(),
        (reason) => {
          P.unhold();
          const error = P.parseError(reason);
          P.writeLog("error", `a scheduled function failed: ${error.message}`, {
            where: error.where,
            type: error.type,
          });
        },
      );
    },
    () => {},
    true,
  );
  return P.freeze({ cancel: () => void P.cancelCall(timer) });
};
