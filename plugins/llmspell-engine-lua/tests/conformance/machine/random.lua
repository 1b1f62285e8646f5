return { math.random(), math.random(), math.random() }
