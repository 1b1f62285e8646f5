import random

[random.random() for _ in range(3)]
