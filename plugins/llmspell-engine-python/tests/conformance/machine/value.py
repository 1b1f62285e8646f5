params['value']
