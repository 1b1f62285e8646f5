return params.value
