import asyncio

jobs = [Tools.meet.execute(value=i, of=100) for i in range(1, 101)]
[one.result for one in await asyncio.gather(*jobs)]
