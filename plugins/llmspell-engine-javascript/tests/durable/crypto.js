import { randomBytes, randomUUID, createHash } from "crypto";
const made = [randomUUID(), randomBytes(40).toString("hex")];
await Probe.echo(1);
export default [made, randomUUID(), Math.random(), randomUUID(), createHash("md5").update("x").digest("hex")];
