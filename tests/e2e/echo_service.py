"""A service that answers a request with the request, on loopback of the lab's WSL host."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8667


class Echo(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = f"{self.requestline}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Echo).serve_forever()
