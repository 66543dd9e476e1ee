"""A service that answers badly, on loopback of the lab's WSL host; the path says how."""

import contextlib
import socketserver

PORT = 8666
LINE = b"X-Evil: " + b"x" * 1000 + b"\r\n"


class Evil(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        kind = self.rfile.readline().split(b" ")[1].rsplit(b"/", 1)[-1]
        while self.rfile.readline() not in {b"\r\n", b""}:
            pass
        with contextlib.suppress(OSError):
            if kind == b"own":
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nmine")
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            if kind == b"huge":
                self.wfile.write(b"X-Evil: " + b"x" * 10_000_000 + b"\r\n\r\n")
            elif kind == b"many":
                self.wfile.write(LINE * 1000 + b"\r\n")
            else:
                while True:  # until nobody reads
                    self.wfile.write(LINE)


class Server(socketserver.ThreadingTCPServer):
    """Takes its port again at once."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", PORT), Evil).serve_forever()
