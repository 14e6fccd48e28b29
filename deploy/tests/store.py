"""Runs the roles of the store as separate processes on files, and acts as a customer of it."""

import contextlib
import json
import os
import re
import socket
import subprocess
import urllib.request
from pathlib import Path

from cluster import ROOT

DVS = Path(os.environ.get("DVS_BIN", ROOT / "target/debug/dvs"))
PASSWORD = "projector lamp amber 1922"
READY_SECONDS = 60


@contextlib.contextmanager
def processes(folder, *more, metrics=None):
    """Runs catalogue, rent and gateway, and stops them at the end; gives their addresses. `metrics` has ports by role."""
    keys = subprocess.run([DVS, "keys"], capture_output=True, text=True, check=True).stdout
    environment = {**os.environ, **dict(line.split("=", 1) for line in keys.splitlines())}
    running, urls = [], {}
    try:
        for role in ("catalogue", "rent", "gateway"):
            known = [argument for name, url in urls.items() for argument in (f"--{name}", url)]
            if role != "gateway":
                known = known[:2] if role == "rent" else []
            if metrics:
                known += ["--metrics-listen", f"127.0.0.1:{metrics[role]}"]
            process = subprocess.Popen(
                [DVS, "serve", "--role", role, "--listen", "127.0.0.1:0", "--data-dir", folder / role,
                 "--media-url", f"file://{folder}/media", *known, *more],
                env=environment, stdout=subprocess.PIPE, stderr=(folder / f"{role}.log").open("w"), text=True,
            )
            running.append(process)
            # A process prints this line when it listens. If it exits before, readline returns at once.
            urls[role] = re.search(r"http://\S+", process.stdout.readline())[0]
        yield urls
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            assert process.wait(timeout=READY_SECONDS) == 0


class Customer:
    """A customer with an account, who rents films."""

    def __init__(self, store, name, headers=None):
        self.store = store
        self.headers = headers or {}
        account = self.ask("POST", "/api/v1/account", {"email": f"{name}@example.org", "password": PASSWORD, "name": name})
        self.headers = {**self.headers, "authorization": f"Bearer {account['token']}"}

    def ask(self, method, path, body=None, **headers):
        request = urllib.request.Request(
            self.store + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", **self.headers, **headers},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def rent(self, key):
        """Rents the first film that the catalogue lists; returns the order."""
        titles = self.ask("GET", "/api/v1/titles?page_size=1")["titles"]
        title = self.ask("GET", f"/api/v1/titles/{titles[0]['id']}")
        offer = next(offer for offer in title["offers"] if offer["kind"] == "rent")
        body = {
            "items": [{"offer_id": offer["id"], "price": offer["price"]}],
            "payment": {"method": "card", "token": "tok_visa"},
        }
        return self.ask("POST", "/api/v1/orders", body, **{"idempotency-key": key})


def free_port():
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
