// Streams of the kernel as async iterators: asked for more as the loop goes on, closed when it is left.
const WINDOW = 8; // items the kernel may send ahead

const streams = new P.SafeMap(); // id -> state, while open
const states = new P.SafeWeakMap(); // stream -> state

function credit(state) {
  const room = WINDOW - state.granted - (state.items.length - state.first);
  if (!state.done && room >= WINDOW / 2) {
    state.granted += room;
    P.post(`{"t":"credit","s":${state.text},"n":${room}}`);
  }
}

function close(state) {
  P.forgetStream(state);
  if (streams.delete(state.id) && !state.done) P.post(`{"t":"release","fn":[],"h":[],"s":[${state.text}]}`);
  state.done = true;
  state.items = [];
  state.first = 0;
  wake(state);
}

function take(state) {
  const item = state.items[state.first];
  state.items[state.first] = undefined;
  state.first += 1;
  if (state.first === state.items.length) {
    state.items = [];
    state.first = 0;
  }
  return item;
}

// Answer readers in the order in which they asked.
function wake(state) {
  while (state.readers.length > state.answered) {
    const reader = state.readers[state.answered];
    if (state.first < state.items.length) reader.resolve({ value: take(state), done: false });
    else if (state.error) {
      const error = P.kernelError(state.error, reader.site);
      state.error = null;
      P.remember(error);
      reader.reject(error);
    } else if (state.done) reader.resolve({ value: undefined, done: true });
    else return;
    state.readers[state.answered] = undefined;
    state.answered += 1;
    P.unhold();
  }
  state.readers = [];
  state.answered = 0;
}

/** Values of the kernel, one by one: `for await (const value of stream)`. */
class Stream {
  next() {
    const state = states.get(this);
    if (state === undefined) throw P.invalid("stream.next was called without its stream");
    const site = P.site(this.next);
    P.hold();
    const promise = new P.Promise((resolve, reject) => {
      P.append(state.readers, { __proto__: null, resolve, reject, site });
    });
    if (state.first >= state.items.length) credit(state);
    wake(state);
    if (!state.done) credit(state);
    return promise;
  }

  return(value) {
    this.close();
    return P.resolved({ value, done: true });
  }

  close() {
    const state = states.get(this);
    if (state !== undefined) close(state);
  }

  toString() {
    return `stream#${states.get(this).text}`;
  }

  get [Symbol.toStringTag]() {
    return "Stream";
  }
}
P.fixed(Stream.prototype, P.asyncIterator, function iterate() {
  return this;
});
P.freeze(Stream.prototype);

P.isStream = (value) => states.has(value);

// Make the script's side of stream `id`.
P.stream = (id) => {
  const stream = new Stream();
  const text = typeof id === "string" ? P.quote(id) : `${id}`;
  const state = {
    __proto__: null,
    id,
    text,
    items: [],
    first: 0,
    granted: 0,
    done: false,
    error: null,
    readers: [],
    answered: 0,
  };
  states.set(stream, state);
  streams.set(id, state);
  P.watchStream(state, stream);
  P.forms.set(stream, `{"$s":${text}}`);
  return stream;
};

// Take in an item, the end or the failure of a stream. What comes after its close is dropped.
P.streamItem = (id, kind, value) => {
  const state = streams.get(id);
  if (state === undefined) return;
  if (kind === "value") {
    state.granted -= 1;
    P.append(state.items, value);
  } else {
    state.done = true;
    if (kind === "error") state.error = value;
    streams.delete(id);
    P.forgetStream(state);
  }
  wake(state);
};

// Close a stream that nobody can read any more, unless an answer to an earlier reader is to come.
P.dropStream = (state) => {
  if (state.readers.length === state.answered) close(state);
};

P.closeStreams = () => {
  P.mapEach(streams, (state) => close(state));
};
