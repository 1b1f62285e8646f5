await Tools.tell.execute(value=params.data)
len(params.data)
