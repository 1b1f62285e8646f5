#!/usr/bin/env llmspell-js
// A tool of your own, with types: the TypeScript twin of custom_tool.js.
//     llmspell run contrib/spells/custom_tool.ts
// Steps in custom_tool.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
// `llmspell api --typescript > llmspell.d.ts` gives your editor the types of the API.

import { Agent, Tool, Tools } from "llmspell";

type Warehouse = "north" | "south";
interface Wanted {
  item: string;
  warehouse: Warehouse;
}
interface Found extends Wanted {
  count: number;
}

const shelves: Record<Warehouse, Record<string, number>> = {
  north: { lamp: 12, chair: 0 },
  south: { lamp: 1, chair: 4 },
};

const stock = new Tool({
  name: "stock",
  description: "Count what a warehouse has of an item.",
  parameters: {
    type: "object",
    properties: {
      item: { type: "string", description: "what to count, in the singular" },
      warehouse: { type: "string", enum: ["north", "south"], default: "north" },
    },
    required: ["item"],
  },
  execute({ item, warehouse }: Wanted): Found {
    const count = shelves[warehouse][item];
    if (count === undefined) throw new Error(`nobody sells a ${item}`);
    return { item, warehouse, count };
  },
});

// It is called like any tool: arguments are checked and defaults filled in before the function sees them.
console.log(`lamps: ${(await stock.execute({ item: "lamp", warehouse: "south" })).count}`);

const answer = await stock.execute({ item: "piano" }, { onError: "return" });
console.log(`piano: ${answer.error.message}`);

// An agent calls it when its model asks to. Wrong arguments go back to the model, which may try again.
const agent = new Agent({ name: "clerk", systemPrompt: "You answer questions about our stock.", tools: [stock] });
const result = await agent.execute("How many lamps and chairs are there?");
for (const call of result.tool_calls) console.log(`${call.name}: ${call.outcome}`);
console.log(result.content);

// Registered, it is found by name, by this spell and by the agents it makes.
await Tools.register(stock);
console.log(`by name: ${(await Tools.stock.execute({ item: "chair" })).count}`);
