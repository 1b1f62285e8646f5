// Read all that the other spells left, and go on with the agent that waits.
const shared = await State.scope("shared");
const diary = await Agent.new({ name: "diary", memory: { persist: "evenings" } });
const said = (await diary.history()).map((message) => `${message.role}: ${message.content}`);
const janitor = await Agent.new({ name: "janitor", tools: ["calculator"], approve: ["calculator"] });
const waiting = await Storage.get("waiting");
const result = await janitor.resume(JSON.parse(waiting.state), { [waiting.call]: "approve" });
return {
  seats: await shared.get("seats"),
  versions: (await shared.history("seats")).map((one) => one.version),
  schema: await shared.schemaVersion(),
  gone: (await shared.get("gone")) == null,
  city: await State.get("city"),
  days: await State.get("days"),
  shelf: await Storage.get("shelf"),
  long: (await Storage.get("long")).length,
  said,
  birthday: await diary.recall("birthday"),
  answer: result.output,
};
