local failing = Tools.get("fail")
return {failing:execute({}, {on_error = "return"}).success, failing:execute({}, {onError = "return"}).success}
