return "calm";
