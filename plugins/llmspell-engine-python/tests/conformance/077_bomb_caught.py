found = []
while True:
    try:
        while True:
            found.append([len(found)])
    except BaseException:
        pass
