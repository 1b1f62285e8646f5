failing = await Tools.get("fail")
[
    (await failing.execute({}, on_error="return")).success,
    (await failing.execute({}, onError="return")).success,
]
