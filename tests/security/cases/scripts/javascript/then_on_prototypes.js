// host: answers of the kernel, by making every object a promise
let got = null;
Object.defineProperty(Object.prototype, "then", { configurable: true, get() { if (this && Object.hasOwn(this, "context")) got = this; return undefined; } });
await Tools.list();
delete Object.prototype.then;
return got ? "reached" : "held";
