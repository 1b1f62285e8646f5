return "calm"
