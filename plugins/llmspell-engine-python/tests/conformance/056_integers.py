for number in params.numbers:
    await Tools.tell.execute(value=number)
