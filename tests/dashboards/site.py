"""A tiny site on loopback that serves made-up pages as the web process does.

With the policy, the static files, and for the queue its rows, its event stream and its forms.
"""

import queue as queues
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from dashboards.pages import CONTENT_SECURITY_POLICY, STATIC

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Site:
    """What is served: `pages` by path, `rows` for the queue; `posted` keeps what forms sent."""

    def __init__(self, pages: dict[str, Callable[[], str]]) -> None:
        self.pages = pages
        self.after_post = "/queue"
        self.rows: Callable[[], str] = lambda: ""
        self.posted: list[tuple[str, dict[str, str]]] = []
        self.streams: list[queues.Queue[str | None]] = []
        self.refuse_streams = False
        self.address = ""

    def changed(self) -> None:
        """Tell every open queue page that something changed."""
        for stream in list(self.streams):
            stream.put("event: changed\ndata:\n\n")

    def cut(self) -> None:
        """End every stream and let no new one in."""
        self.refuse_streams = True
        for stream in list(self.streams):
            stream.put(None)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site on a free port until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("SiteHandler", (Handler,), {"site": site}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        site.cut()
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/queue/live":
            self.stream()
        elif path == "/queue/rows":
            self.answer(self.site.rows().encode(), "text/html; charset=utf-8")
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            self.answer(file.read_bytes(), TYPES[Path(path).suffix])
        elif path in self.site.pages:
            self.answer(self.site.pages[path]().encode(), "text/html; charset=utf-8")
        else:
            self.answer(b"nothing here", "text/plain", 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        self.site.posted.append((urlsplit(self.path).path, fields))
        self.send_response(303)
        self.send_header("Location", self.site.after_post)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def stream(self) -> None:
        if self.site.refuse_streams:
            self.answer(b"", "text/plain", 503)
            return
        mine: queues.Queue[str | None] = queues.Queue()
        self.site.streams.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"event: alive\ndata:\n\nevent: changed\ndata:\n\n")
        self.wfile.flush()
        while (event := mine.get()) is not None:
            try:
                self.wfile.write(event.encode())
                self.wfile.flush()
            except OSError:  # the page was closed
                break
        self.site.streams.remove(mine)
        self.close_connection = True

    def answer(self, body: bytes, content_type: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
