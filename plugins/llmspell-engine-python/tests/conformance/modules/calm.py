word = "calm"
word
