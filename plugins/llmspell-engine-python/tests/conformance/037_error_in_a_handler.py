try:
    try:
        raise ValueError("first")
    except ValueError:
        raise ValueError("second")
except ValueError as e:
    second = e
await Tools.tell.execute(value="caught")
raise second
