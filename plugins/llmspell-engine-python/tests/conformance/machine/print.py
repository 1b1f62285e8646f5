print('hello')
1
