console.log('hello'); return 1
