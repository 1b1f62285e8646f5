found = []
if params.get("kind") == "text":
    text = "x"
    while True:
        text += text
elif params.get("kind") == "buffer":
    while True:
        found.append(bytearray(1 << 20))
else:
    while True:
        found.append([len(found)])
