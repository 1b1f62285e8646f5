// A stream that is cut off is asked for again.
const agent = await Agent.create({ name: "talker", model: "counted", remember: false });
const told = async (text) => {
  for (;;) {
    let said = "";
    try {
      for await (const part of agent.stream(text)) said += part.text ?? "";
      return said;
    } catch (error) {
      if (error.type !== "stream_interrupted") throw error;
    }
  }
};
const one = await told("a");
await (await Tools.get("mark")).execute({ name: "between" });
return [one, await told("b")];
