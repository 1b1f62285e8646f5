{"text": "done", "list": [1, 2.5, {"deep": True}]}
