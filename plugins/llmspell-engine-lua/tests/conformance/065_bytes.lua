Tools.tell:execute({value = params.data})
return #params.data
