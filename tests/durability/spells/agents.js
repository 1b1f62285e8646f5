// Agents side by side, one as the tool of another, and one conversation.
const make = (name, tools) => Agent.create({ name, model: "counted", tools });
const one = await make("one", ["mark"]);
const two = await make("two", ["mark"]);
const sides = await Promise.all([one.chat("use mark name=one"), two.chat("use mark name=two")]);
const boss = await make("boss", [await one.asTool({ name: "expert", description: "Knows." })]);
const answer = await boss.chat("use expert input=use_mark_name=three");
const more = await one.chat("and now");
return { sides, answer, more, messages: (await one.history()).length };
