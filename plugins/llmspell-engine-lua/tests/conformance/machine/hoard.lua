local all = {} while true do pcall(function() all[#all + 1] = {one = 1} end) end
