import { Agent as Imported } from "llmspell";
import * as whole from "rs-llmspell";
const found = [Imported === Agent, whole.Agent === Agent, require("@rs/llmspell").Agent === Agent];
for (const [name, space] of Object.entries({ agent: Agent, tools: Tools, events: Events, async: Async, json: JSON })) {
  const module = require(`llmspell/${name}`);
  found.push(module === space || Object.values(module).includes(space) || module[`${name}`] === space);
}
return found.every(Boolean);
