local back = Tools.tell:execute({value = {1, JSON.null, 3, JSON.null}}).result
Tools.tell:execute({value = back})
return #back
