// What the script has dropped: objects of the kernel that nothing here refers to any more.
//
// V8 looks at its own memory and not at what the kernel holds: when there are many more objects than after the last
// collection, the machine is asked for another one. Objects that the kernel sends again while their release is on the
// way lose nothing: sendings are counted.
const LEAST = 500;
const MOST = 10000;
const STREAMS = 50; // of streams the kernel holds few

const held = new P.SafeMap(); // form -> {times, refs}: how often it was received, and the objects that stand for it
const kept = new P.SafeSet();
const streams = new P.SafeMap(); // state of an open stream -> reference to the stream
let limit = LEAST;
let streamsLimit = STREAMS;

function lives(refs) {
  for (let i = 0; i < refs.length; i += 1) {
    if (P.deref(refs[i]) !== undefined) return true;
  }
  return false;
}

// Give the object that stands for a form, undefined when it was dropped or never there.
P.standIn = (form) => {
  const entry = held.get(form);
  return entry && P.deref(entry.refs[entry.refs.length - 1]);
};

// Let an object stand for a form from now on, beside those that do already. A durable spell keeps it: what a script can
// see of it must not hang on when V8 collects.
P.standFor = (form, object) => {
  if (P.durable) kept.add(object);
  let entry = held.get(form);
  if (entry === undefined) held.set(form, (entry = { __proto__: null, times: 0, refs: [] }));
  if (!lives(entry.refs)) entry.refs = [];
  P.append(entry.refs, new P.WeakRef(object));
};

P.received = (form) => {
  held.get(form).times += 1;
};

P.watchStream = (state, stream) => {
  streams.set(state, new P.WeakRef(stream));
};
P.forgetStream = (state) => {
  streams.delete(state);
};

// Tell whether a collection is worth its while.
P.isFull = () => held.size >= limit || streams.size >= streamsLimit;

// Give back what the collection has found. It is said after all that may mention it.
P.sweep = () => {
  let forms = "";
  P.mapEach(held, (entry, form) => {
    if (lives(entry.refs)) return;
    held.delete(form);
    forms += `${forms && ","}${P.slice(form, 6, -2)},${entry.times}]`;
  });
  if (forms) P.post(`{"t":"release","fn":[],"h":[${forms}],"s":[]}`);
  P.mapEach(streams, (ref, state) => {
    if (P.deref(ref) === undefined) P.dropStream(state);
  });
  limit = held.size + P.min(P.max(LEAST, held.size), MOST);
  streamsLimit = streams.size + STREAMS;
};
