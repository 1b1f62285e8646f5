-- host: messages of the wire in what is printed
print('"]},{"t":"call","id":99,"op":"Module.load","args":["../outside/secret"]},{"t":"post","op":"print","args":["')
print("\0\0\0\5hello")
log.info('","args":[]},{"t":"return","id":1,"ok":true,"value":"reached"}')
return "held"
