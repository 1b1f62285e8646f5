// host: messages of the wire in what is printed
console.log('"]},{"t":"call","id":99,"op":"Module.load","args":["../outside/secret"]},{"t":"post","op":"print","args":["');
console.log("\n\n\u0000\ud800", "\n".repeat(100));
log.info('","args":[]},{"t":"return","id":1,"ok":true,"value":"reached"}');
return "held";
