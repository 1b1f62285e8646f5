// What a script says while it runs, in memory that the machine reads at any moment: a count of 16-bit units, then the
// units. A call of the kernel's waits until the script rests, which one that loops never does; this needs no rest.
const SIZE = 65536; // bytes
const { store } = Atomics;
const memory = new SharedArrayBuffer(SIZE);
const count = new Int32Array(memory, 0, 1);
const units = new Uint16Array(memory, 4);
const ROOM = units.length;
let full = null;

P.speaks = false; // whether somebody listens

// Hand on one message; `full` comes back when the machine has read everything.
P.speak = (text) => {
  let at = count[0];
  for (let i = 0; i <= text.length; i += 1) {
    if (at === ROOM) {
      store(count, 0, at);
      full();
      at = count[0];
      if (at === ROOM) P.stop(); // nobody listens any more
    }
    units[at] = i < text.length ? P.code(text, i) : 10;
    at += 1;
  }
  store(count, 0, at); // after what it counts
};

P.share = () => memory;

P.listenTo = (given) => {
  full = given;
  P.speaks = true;
};
