for _, number in ipairs(params.numbers) do
  Tools.tell:execute({value = number})
end
