# Read all that the other spells left, and go on with the agent that waits.
import json

shared = await State.scope("shared")
diary = await Agent.new(name="diary", memory={"persist": "evenings"})
said = [f"{message['role']}: {message['content']}" for message in await diary.history()]
janitor = await Agent.new(name="janitor", tools=["calculator"], approve=["calculator"])
waiting = await Storage.get("waiting")
result = await janitor.resume(json.loads(waiting["state"]), {waiting["call"]: "approve"})
{
    "seats": await shared.get("seats"),
    "versions": [one["version"] for one in await shared.history("seats")],
    "schema": await shared.schema_version(),
    "gone": await shared.get("gone") is None,
    "city": await State.get("city"),
    "days": await State.get("days"),
    "shelf": await Storage.get("shelf"),
    "long": len(await Storage.get("long")),
    "said": said,
    "birthday": await diary.recall("birthday"),
    "answer": result["output"],
}
