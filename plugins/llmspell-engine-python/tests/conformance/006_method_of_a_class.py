class Greeter:
    def __init__(self, name):
        self.name = name

    async def greet(self):
        return (await Tools.echo.execute(value=f"hello {self.name}")).result


await Greeter("ada").greet()
