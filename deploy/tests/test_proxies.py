"""Runs the store behind nginx and Caddy, as docs/operations/proxies.md configures them, and behind a plain `proxy_pass`."""

import contextlib
import http.client
import os
import pwd
import re
import shutil
import subprocess

import pytest

from cluster import ROOT
from postgres import until
from store import DVS, Customer, free_port

DOCUMENT = (ROOT / "docs/operations/proxies.md").read_text()
KEY = {"sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
PLAIN = "server { listen 8080; location / { proxy_pass http://127.0.0.1:8000; } }"


def documented(language):
    (text,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return text


def placed(text, port, store):
    """The configuration with these ports in place of the document's."""
    assert "8080" in text and "127.0.0.1:8000" in text
    return text.replace("8080", str(port)).replace("127.0.0.1:8000", f"127.0.0.1:{store}")


def nginx(folder, servers):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;\n"
        f"events {{ worker_connections 256; }}\nhttp {{ access_log off; {paths}\n{servers}\n}}\n"
    )
    return ["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"]


def caddy(folder, servers):
    (folder / "Caddyfile").write_text("{\n admin off\n auto_https off\n}\n" + servers)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]


PROXIES = {
    "nginx as documented": (nginx, documented("nginx")),
    "Caddy as documented": (caddy, documented("caddyfile")),
    "a plain proxy_pass": (nginx, PLAIN),
}


@contextlib.contextmanager
def run(command, log, **more):
    process = subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT, text=True, **more)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request, tmp_path_factory):
    """Runs a store behind one of the proxies; gives the proxy's port, and whether it is the plain `proxy_pass`."""
    kind, text = PROXIES[request.param]
    program = "nginx" if kind is nginx else "caddy"
    assert shutil.which(program), f"{program} is missing: scripts/setup.sh proxies"
    folder = tmp_path_factory.mktemp("proxied")
    port, store = free_port(), free_port()
    serve = [DVS, "serve", "--listen", f"127.0.0.1:{store}", "--data-dir", folder / "data", "--rate-limit", "off",
             "--proxies-in-front", "1", "--public-url", f"http://127.0.0.1:{port}"]
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with run(serve, folder / "store.log"), run(kind(folder, placed(text, port, store)), folder / "proxy.log", env=environment):
        until(lambda: answers(port))
        yield port, request.param == "a plain proxy_pass"


def answers(port):
    try:
        return fetch(port, "/readyz").status == 200
    except OSError:
        return False


def fetch(port, path, method="GET", body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body=body, headers=headers or {})
    return connection.getresponse()


def held(port, name):
    """A customer who has rented a film, and the id of the entitlement."""
    customer = Customer(f"http://127.0.0.1:{port}", name, {"origin": f"http://127.0.0.1:{port}"})
    customer.rent("one")
    (entitlement,) = customer.ask("GET", "/api/v1/library")["entitlements"]
    return customer, entitlement["id"]


def test_a_film_is_rented_and_its_bytes_come_in_parts(proxied):
    port, _ = proxied
    customer, entitlement = held(port, "ana")
    play = customer.ask("POST", f"/api/v1/library/{entitlement}/playback", {"confirm_start": True})
    part = fetch(port, play["media_url"], headers={"range": "bytes=100-199"})
    assert part.status == 206 and len(part.read()) == 100
    kept = customer.ask("PUT", f"/api/v1/library/{entitlement}/playback/{play['playback_id']}", {"position_seconds": 7})
    assert kept["position_seconds"] == 7


def test_a_websocket_passes_or_is_refused_with_a_status_that_players_handle(proxied):
    port, is_plain = proxied
    customer, entitlement = held(port, "bia")
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", **KEY}
    answer = fetch(port, f"/api/v1/library/{entitlement}/play", headers={**customer.headers, **upgrade})
    assert answer.status == (426 if is_plain else 101)
    if not is_plain:
        assert answer.getheader("sec-websocket-accept") == ACCEPT


def test_events_come_as_they_happen(proxied):
    port, _ = proxied
    answer = fetch(port, "/api/v1/events", headers={"accept": "text/event-stream"})
    assert answer.status == 200
    assert answer.getheader("content-type").startswith("text/event-stream")
    # Each line must arrive within the connection's timeout, so a proxy that buffers events fails here.
    lines = [answer.fp.readline().strip() for _ in range(4)]
    assert any(line.startswith(b"event:") or line.startswith(b"id:") or line.startswith(b"retry:") for line in lines), lines


def test_twenty_requests_through_the_proxy_are_answered(proxied):
    port, is_plain = proxied
    # A plain proxy_pass does not forward the customer's address, so the store counts all customers as one address.
    answers = [fetch(port, "/api/v1/titles?page_size=1").status for _ in range(20)]
    assert set(answers) == {200}, is_plain
