function inner() { throw new TypeError("boom"); }
function outer() { inner(); }
const out = [];
try { outer(); } catch (error) { out.push(error.stack); }
try { await Probe.fail(); } catch (error) { out.push(error.stack, error.where); }
try { eval("missing()"); } catch (error) { out.push(error.stack); }
try { new Function("return nothing.at.all")(); } catch (error) { out.push(error.stack); }
await Promise.all([1].map(async () => { await null; out.push(new Error("async").stack); }));
return out;
