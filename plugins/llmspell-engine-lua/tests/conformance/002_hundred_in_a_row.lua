local sum = 0
for i = 1, 100 do
  sum = sum + Tools.tell:execute({value = i}).result
end
return sum
