import asyncio


class AsyncBuilder:
    def __init__(self, resolver):
        self.resolver = resolver

    async def execution_prefix(self):
        return await self.resolver()

    async def destination(self, *, pipeline_s3_loc, name):
        await asyncio.sleep(0)
        return f"{pipeline_s3_loc}/{name}/"  # expect: CUR0901


def evaluate(parameter, step):
    builder = AsyncBuilder(None)
    location = parameter("PREFIX", "s3://bucket/run")
    return asyncio.run(builder.destination(pipeline_s3_loc=location, name="x"))
