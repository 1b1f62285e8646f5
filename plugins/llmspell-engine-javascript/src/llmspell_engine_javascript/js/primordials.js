// What the prelude uses of the language, taken before any script runs. A script may then change every prototype it
// finds: nothing below reads one again. In the prelude there is no `for ... of`, spread or destructuring of arrays and
// no method call on a value of a script, as these read prototypes.
const { apply, construct, defineProperty, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const uncurry = (method) => Function.prototype.call.bind(method);
const numberText = uncurry(Number.prototype.toString);

P.apply = apply;
P.construct = construct;
P.defineProperty = defineProperty;
P.getPrototypeOf = getPrototypeOf;
P.setPrototypeOf = Object.setPrototypeOf;
P.ownKeys = ownKeys;
P.keys = Object.keys;
P.freeze = Object.freeze;
P.hasOwn = Object.hasOwn;
P.descriptor = Object.getOwnPropertyDescriptor;
P.isArray = Array.isArray;
P.isBuffer = ArrayBuffer.isView;
P.join = uncurry(Array.prototype.join);
P.slice = uncurry(String.prototype.slice);
P.startsWith = uncurry(String.prototype.startsWith);
P.split = uncurry(String.prototype.split);
P.indexOf = uncurry(String.prototype.indexOf);
P.lastIndexOf = uncurry(String.prototype.lastIndexOf);
P.hex = (value) => numberText(value, 16);
P.lower = uncurry(String.prototype.toLowerCase);
P.upper = uncurry(String.prototype.toUpperCase);
P.repeat = uncurry(String.prototype.repeat);
P.padStart = uncurry(String.prototype.padStart);
P.padEnd = uncurry(String.prototype.padEnd);
P.code = uncurry(String.prototype.charCodeAt);
P.isWellFormed = uncurry(String.prototype.isWellFormed);
P.toWellFormed = uncurry(String.prototype.toWellFormed);
P.dateTime = uncurry(Date.prototype.getTime);
P.dateText = uncurry(Date.prototype.toISOString);
P.functionText = uncurry(Function.prototype.toString);
P.symbolText = uncurry(Symbol.prototype.toString);
P.bigText = uncurry(BigInt.prototype.toString);
P.bytesText = uncurry(Uint8Array.prototype.toBase64);
P.bytesFrom = Uint8Array.fromBase64.bind(Uint8Array);
P.nativeThen = uncurry(Promise.prototype.then);
P.resolved = Promise.resolve.bind(Promise);
P.rejected = Promise.reject.bind(Promise);
P.parse = JSON.parse;
P.quote = JSON.stringify; // of texts only: for them it reads no prototype
P.stringify = JSON.stringify; // of plain values that were parsed here
P.captureStack = Error.captureStackTrace;
P.isFinite = Number.isFinite;
P.isInteger = Number.isInteger;
P.floor = Math.floor;
P.min = Math.min;
P.max = Math.max;
P.sqrt = Math.sqrt;
P.round = Math.round;
P.String = String;
P.Date = Date;
P.Error = Error;
P.Promise = Promise;
P.WeakRef = WeakRef;
P.deref = uncurry(WeakRef.prototype.deref);
P.BigInt = BigInt;
P.Number = Number;
P.now = Date.now;
P.asyncIterator = Symbol.asyncIterator;
P.iterator = Symbol.iterator;

// A regular expression reads `exec` and `flags` from its prototype: each of ours carries its own.
const regexpExec = uncurry(RegExp.prototype.exec);
P.match = (pattern, text) => {
  pattern.lastIndex = 0;
  return regexpExec(pattern, text);
};
P.test = (pattern, text) => P.match(pattern, text) !== null;

// A class whose instances find their methods on a frozen prototype that leads nowhere else.
function safe(Unsafe, Safe) {
  const keys = ownKeys(Unsafe.prototype);
  for (let i = 0; i < keys.length; i += 1) {
    if (keys[i] !== "constructor") {
      defineProperty(Safe.prototype, keys[i], {
        __proto__: null,
        ...Object.getOwnPropertyDescriptor(Unsafe.prototype, keys[i]),
      });
    }
  }
  setPrototypeOf(Safe.prototype, null);
  return Object.freeze(Safe.prototype) && Safe;
}
P.SafeMap = safe(Map, class SafeMap extends Map {});
P.SafeSet = safe(Set, class SafeSet extends Set {});
P.SafeWeakMap = safe(WeakMap, class SafeWeakMap extends WeakMap {});

const mapEach = uncurry(Map.prototype.forEach);
const setEach = uncurry(Set.prototype.forEach);
P.mapSet = uncurry(Map.prototype.set);
P.setAdd = uncurry(Set.prototype.add);
P.mapEach = mapEach;
P.setEach = setEach;

// Tell the classes of the language apart by what only their instances have.
function brand(method) {
  return (value) => {
    try {
      method(value);
      return true;
    } catch {
      return false;
    }
  };
}
const getter = (kind, name) => uncurry(Object.getOwnPropertyDescriptor(kind.prototype, name).get);
P.isMap = brand(getter(Map, "size"));
P.isSet = brand(getter(Set, "size"));
P.isDate = brand(P.dateTime);
P.isRegExp = brand(getter(RegExp, "source"));
P.isArrayBuffer = brand(getter(ArrayBuffer, "byteLength"));
P.regExpText = (value) => `/${getter(RegExp, "source")(value)}/${getter(RegExp, "flags")(value)}`;
P.mapSize = getter(Map, "size");
P.setSize = getter(Set, "size");
P.typedName = uncurry(Object.getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get);
P.isError = Error.isError || ((value) => value instanceof P.Error);
const viewBuffer = getter(DataView, "buffer");
const typed = getPrototypeOf(Uint8Array);
const typedBuffer = getter(typed, "buffer");
const typedOffset = getter(typed, "byteOffset");
const typedSize = getter(typed, "byteLength");
P.Uint8Array = Uint8Array;
P.typedSize = typedSize;
P.bufferOf = typedBuffer;
P.uncurry = uncurry;
P.bytesOf = (value) => {
  if (P.isArrayBuffer(value)) return new P.Uint8Array(value);
  if (P.typedName(value) === undefined) return new P.Uint8Array(viewBuffer(value), value.byteOffset, value.byteLength);
  return new P.Uint8Array(typedBuffer(value), typedOffset(value), typedSize(value));
};
const isPromise = brand((value) => P.nativeThen(value, undefined, () => {}));
P.isPromise = (value) => {
  // Only an object whose chain has our prototype can be one; asking marks its failure as seen.
  return typeof value === "object" && value !== null && value instanceof P.Promise && isPromise(value);
};

// Set a property of the object itself. An assignment would run a setter that a script put on a prototype.
P.own = (target, name, value) => {
  defineProperty(target, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
};
P.append = (list, value) => P.own(list, list.length, value);
P.hidden = (target, name, value) => {
  defineProperty(target, name, { __proto__: null, value, configurable: true, enumerable: false, writable: true });
};
P.fixed = (target, name, value) => {
  defineProperty(target, name, { __proto__: null, value, configurable: false, enumerable: false, writable: false });
};
// A name a script can see and not replace.
P.shown = (target, name, value) => {
  defineProperty(target, name, { __proto__: null, value, configurable: false, enumerable: true, writable: false });
};
