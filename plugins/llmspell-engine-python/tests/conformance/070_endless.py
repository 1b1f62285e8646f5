await Tools.tell.execute(value="begun")
while True:
    pass
