"""A wire between each ordered pair of nodes that can be cut: bytes stop, connections stay open, as when a
network drops packets. Node i reaches node j through the port of its own wire to j."""

import asyncio
import re
import threading

CHUNK = 64 * 1024


class Wire:
    """Forwards one port to another while it is whole."""

    def __init__(self, target):
        self.target = target
        self.port = None
        self.whole = asyncio.Event()
        self.whole.set()

    async def open(self):
        server = await asyncio.start_server(self.accepted, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def accepted(self, reader, writer):
        try:
            await self.whole.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.copy(reader, far_writer), self.copy(far_reader, writer))

    async def copy(self, reader, writer):
        try:
            while data := await reader.read(CHUNK):
                await self.whole.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


class Mesh:
    """All wires of a network, on a thread of their own. Call `route` before the nodes start."""

    def __init__(self, network):
        self.network = network
        self.loop = asyncio.new_event_loop()
        self.wires = {}
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.call(self.open_all())

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def open_all(self):
        for near in self.network.numbers():
            for far in self.network.numbers():
                if near != far:
                    wire = self.wires[near, far] = Wire(self.network.base_port + far)
                    await wire.open()

    def route(self):
        """Writes the wires' ports into the nodes' configurations."""
        for near in self.network.numbers():
            path = self.network.config(near)
            head, peers = path.read_text().split("[[peers]]", 1)

            def to_wire(match, near=near):
                return f"127.0.0.1:{self.wires[near, int(match.group(1)) - self.network.base_port].port}"
            path.write_text(head + "[[peers]]" + re.sub(r"127\.0\.0\.1:(\d+)", to_wire, peers))

    def cut(self, *sides):
        """Only nodes of one side hear each other."""
        async def apply():
            for (near, far), wire in self.wires.items():
                if any(near in side and far in side for side in sides):
                    wire.whole.set()
                else:
                    wire.whole.clear()
        self.call(apply())

    def heal(self):
        self.cut(list(self.network.numbers()))

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
