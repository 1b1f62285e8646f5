class Own:
    """One of its own."""


[str(len), str(object), str(Own)]
