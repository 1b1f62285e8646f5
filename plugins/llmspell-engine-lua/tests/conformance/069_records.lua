return Tools.tell:execute({value = params.records}).result
