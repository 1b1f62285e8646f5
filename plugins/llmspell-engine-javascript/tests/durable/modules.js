import parts, { stamp } from "./modules/parts.js";
const again = await import("./modules/parts.js");
export default [Object.keys(parts), stamp, await parts.ask(), again.stamp === stamp, await import("./modules/missing.js").catch((error) => error.message)];
