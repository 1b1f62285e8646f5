// host: the engine's streams, by iterators that answer what they should not
const odd = { [Symbol.asyncIterator]: () => ({ next: () => 1, return: () => globalThis, throw: null }) };
try { for await (const one of odd) print(one); } catch {}
try { for await (const one of { [Symbol.asyncIterator]: () => null }) print(one); } catch {}
try { await Async.all(odd); } catch {}
return (await Tools.list()).length > 0 ? "held" : "reached";
