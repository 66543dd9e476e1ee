"""The lab's edge ends a stream that nobody uses, as Cloudflare does (docs/modes.md says so)."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.harness import Lab
from tests.e2e.modes import switch
from tests.e2e.shipped import ASR, TTS

# A service without pings: it takes every stream, and never says a word.
SERVICE = """
import base64, hashlib, socketserver

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ANSWER = b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"

class Silent(socketserver.StreamRequestHandler):
    def handle(self):
        key = b""
        while line := self.rfile.readline().strip():
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.partition(b":")[2].strip()
        accepted = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.wfile.write(ANSWER + b"Sec-WebSocket-Accept: " + accepted + b"\\r\\n\\r\\n")
        while self.rfile.read(1):
            pass

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

Server(("127.0.0.1", 8010), Silent).serve_forever()
"""
SILENT = {
    "name": "silent",
    "hostname": "silent.gonova.one",
    "port": 8090,
    "upstreams": ["127.0.0.1:8010"],
}
# Two streams at once: one says nothing, one pings; prints after how many seconds each was cut.
VISITOR = """
import asyncio, json, time
from contextlib import suppress
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

OPENED_WITHIN, HELD_FOR, PING_EVERY = 60, 150, 20

async def opened():
    deadline = time.monotonic() + OPENED_WITHIN
    while True:
        try:
            return await connect(
                "wss://silent.gonova.one/v1/stream/silent", ping_interval=None, close_timeout=1
            )
        except (OSError, WebSocketException):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)

async def ping(stream):
    with suppress(ConnectionClosed):
        while True:
            await stream.ping()
            await asyncio.sleep(PING_EVERY)

async def held(pings):
    stream = await opened()
    begun = time.monotonic()
    pinging = asyncio.create_task(ping(stream)) if pings else None
    try:
        await asyncio.wait_for(stream.recv(), HELD_FOR)
    except ConnectionClosed:
        return time.monotonic() - begun
    except TimeoutError:
        return None
    finally:
        if pinging:
            pinging.cancel()
        await stream.close()

async def both():
    print(json.dumps(await asyncio.gather(held(False), held(True))))

asyncio.run(both())
"""


@pytest.fixture
def silent(edited: Lab) -> Iterator[Lab]:
    """A lab with that service on its WSL host."""
    edited.write("wsl", "/root/silent.py", SERVICE)
    edited.sh("wsl", "systemd-run --quiet --collect --unit=silent python3 /root/silent.py")
    yield edited
    edited.sh("wsl", "systemctl stop silent; rm /root/silent.py")


@pytest.mark.full
def test_the_edge_cuts_a_stream_that_is_silent_for_two_minutes_and_not_one_that_pings(
    silent: Lab,
) -> None:
    lab = silent
    switch(lab, "flexible", services=[ASR, TTS, SILENT])

    said = lab.on("client", "/opt/lab/lab-venv/bin/python", "-", input=VISITOR).text
    after, never = json.loads(said)

    assert 100 < after < 140, said
    assert never is None, said
