await Tools.tell.execute(value=params.when)
None
