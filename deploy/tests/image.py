"""Runs the images on PostgreSQL as the manifests do: read-only, unprivileged, without capabilities (`make test-image`)."""

import contextlib
import http.client
import json
import re
import shutil
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster import ROOT, bytes_of, containers, pod, render, workloads
from postgres import server, until
from store import Customer

CONFINED = ["--network", "host", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
DVS = "localhost/distributed-video-store/dvs:test"
FRONTEND = "localhost/distributed-video-store/frontend:test"
# nginx.conf fixes the ports of the gateway (8000) and of the frontend (8080).
PORTS = {"metrics": 9100, "catalogue": 50051, "rent": 50052, "gateway": 8000, "frontend": 8080, "postgres": 55432}
SIGN_UPS = 20
LARGEST_IMAGE_BYTES = 80_000_000


def podman(*arguments, check=True):
    ran = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=180)
    assert ran.returncode == 0 or not check, ran.stderr
    return ran


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Runs PostgreSQL and the four modules; gives the process of PostgreSQL."""
    folder = tmp_path_factory.mktemp("store")
    keys = podman("run", "--rm", *CONFINED, DVS, "keys").stdout
    (folder / "keys.env").write_text(keys)
    # Like a pod's volume: it belongs to root, and only the pod's group may write to it.
    for name in ("catalogue", "rent", "gateway", "media"):
        (folder / name).mkdir()
        shutil.chown(folder / name, 0, 65532)
        (folder / name).chmod(0o2770)
    with server(folder, PORTS["postgres"], database_options()) as database_process, contextlib.ExitStack() as running:
        for role in ("catalogue", "rent"):
            command = [*database(folder, role), DVS, "migrate", "--role", role, "--wait", "30"]
            with ThreadPoolExecutor() as both:
                for done in [both.submit(podman, "run", "--rm", *CONFINED, *command) for _ in range(2)]:
                    assert "migration" in done.result().stdout or "up to date" in done.result().stdout
        for role in ("catalogue", "rent", "gateway"):
            running.callback(podman, "rm", "--force", "--time", "1", role_name(role), check=False)
            podman("run", "--detach", "--name", role_name(role), *CONFINED, *limits(role), *volumes(folder, role),
                   *(database(folder, role) if role != "gateway" else ["--env-file", folder / "keys.env"]),
                   DVS, "serve", "--role", role, "--listen", f"127.0.0.1:{PORTS[role]}",
                   *(["--metrics-listen", f"127.0.0.1:{PORTS['metrics']}"] if role == "gateway" else []), *neighbours(role))
            ready(role, lambda role=role: is_well(role))
            if role == "catalogue":
                podman("run", "--rm", *CONFINED, *volumes(folder, role)[2:], "--env-file", folder / "keys.env", DVS,
                       "demonstration", "--catalogue", f"http://127.0.0.1:{PORTS[role]}", "--media-url", "file:///media")
        running.callback(podman, "rm", "--force", "--time", "1", role_name("frontend"), check=False)
        podman("run", "--detach", "--name", role_name("frontend"), *CONFINED, *limits("frontend"), "--tmpfs", "/tmp:mode=1777",
               "--add-host", "gateway:127.0.0.1", FRONTEND)
        ready("frontend", lambda: fetch("frontend", "/healthz").status == 200)
        yield database_process


def database_options():
    """PostgreSQL's options in the manifests."""
    (database,) = [one for one in workloads(render("overlays/minikube")) if one["metadata"]["name"] == "postgres"]
    return containers(database)[0]["args"][1:]


def database_memory(process):
    """The memory of the server and its children in bytes; each shared page counts once."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    rollups = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in [process, *children]]
    return 1024 * sum(int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1]) for rollup in rollups)


def role_name(role):
    return f"dvs-test-{role}"


def database(folder, role):
    url = f"postgres://{role}:{role}@127.0.0.1:{PORTS['postgres']}/{role}"
    return ["--env-file", folder / "keys.env", "--env", f"DVS_DATABASE_URL={url}"]


def volumes(folder, role):
    readonly = ",ro" if role == "gateway" else ""
    data = ["--volume", f"{folder / role}:/data"]
    media = ["--volume", f"{folder / 'media'}:/media:z{readonly}", "--env", "DVS_MEDIA_URL=file:///media"]
    return [*data, *(media if role != "rent" else []), "--group-add", "65532"]


def neighbours(role):
    every = {name: ["--" + name, f"http://127.0.0.1:{PORTS[name]}"] for name in ("catalogue", "rent")}
    common = ["--linger", "0", "--rate-limit", "off"]
    if role == "gateway":
        return [*every["catalogue"], *every["rent"], "--proxies-in-front", "1", "--public-url", "http://localhost:8080", *common]
    return [*(every["catalogue"] if role == "rent" else []), *common]


def limits(role):
    """The memory limit of the manifests, as an option of Podman."""
    (deployment,) = [one for one in workloads(render("overlays/minikube")) if one["metadata"]["name"] == role]
    return ["--memory", containers(deployment, first=False)[0]["resources"]["limits"]["memory"].lower().removesuffix("i")]


def requested(role):
    (deployment,) = [one for one in workloads(render("overlays/minikube")) if one["metadata"]["name"] == role]
    return bytes_of(containers(deployment, first=False)[0]["resources"]["requests"]["memory"])


def ready(role, is_ready):
    """Waits until a role is ready, or fails with the last lines of its log."""
    try:
        until(is_ready)
    except TimeoutError:
        logs = podman("logs", role_name(role), check=False)
        pytest.fail(f"{role} does not get ready: {logs.stdout[-2000:]}{logs.stderr[-2000:]}")


def is_well(role):
    """Runs the image's health check."""
    return podman("exec", role_name(role), "dvs", "doctor", check=False).returncode == 0


def fetch(role, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORTS[role], timeout=10)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    answer.content = answer.read()
    return answer


def memory(role):
    """The anonymous memory of the container's process in bytes: the pages of its executable do not count."""
    process = podman("inspect", "--format", "{{.State.Pid}}", role_name(role)).stdout.strip()
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)[1])


def inspect(image):
    return json.loads(podman("image", "inspect", image).stdout)[0]


@pytest.mark.parametrize("image", [DVS, FRONTEND])
def test_the_images_have_labels_and_an_unprivileged_user(image):
    found = inspect(image)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", found["User"])
    labels = {name.removeprefix("org.opencontainers.image.") for name in found["Labels"]}
    assert {"title", "description", "licenses", "version", "revision"} <= labels
    assert found["HealthCheck"] if "HealthCheck" in found else found["Healthcheck"]
    print(image, found["Size"], "bytes")


def test_the_programs_image_is_small_and_has_no_shell():
    assert inspect(DVS)["Size"] < LARGEST_IMAGE_BYTES
    ran = podman("run", "--rm", *CONFINED, "--entrypoint", "/bin/sh", DVS, check=False)
    assert ran.returncode != 0


def test_all_roles_answer_their_probes(store):
    for role in ("catalogue", "rent", "gateway"):
        assert is_well(role)
    assert fetch("gateway", "/healthz").status == 200
    ready("gateway", lambda: fetch("gateway", "/readyz").status == 200)
    for role in ("catalogue", "rent"):
        ran = podman("run", "--rm", *CONFINED, DVS, "doctor", f"--{role}", f"http://127.0.0.1:{PORTS[role]}")
        assert "well" in ran.stdout


def test_processes_are_unprivileged_and_have_no_capabilities(store):
    for role in ("catalogue", "rent", "gateway", "frontend"):
        process = podman("inspect", "--format", "{{.State.Pid}}", role_name(role)).stdout.strip()
        status = Path(f"/proc/{process}/status").read_text()
        assert re.search(r"^Uid:\s+(65532|101)\s", status, re.MULTILINE), role
        assert re.search(r"^CapEff:\s+0{16}$", status, re.MULTILINE), role
        assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE), role
        (root,) = re.findall(r"^\S+ \S+ \S+ \S+ / (\S+)", Path(f"/proc/{process}/mountinfo").read_text(), re.MULTILINE)
        assert "ro" in root.split(","), role


def test_the_frontend_serves_the_app_as_the_gateway_does(store):
    known = ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy",
             "permissions-policy", "cross-origin-opener-policy", "cache-control", "content-type"]
    asset = re.search(r'"(/assets/[^"]+\.js)"', fetch("frontend", "/").content.decode())[1]
    for path in ("/", "/titles/some-film", asset, "/favicon.svg", "/robots.txt", "/sitemap.xml"):
        ours, theirs = fetch("frontend", path), fetch("gateway", path)
        # Pages contain the address of the request.
        contents = [re.sub(rb"(127\.0\.0\.1|localhost):\d+", b"here", answer.content) for answer in (ours, theirs)]
        assert contents[0] == contents[1], path
        for name in known:
            assert ours.getheader(name) == theirs.getheader(name), (path, name)
    for path in ("/assets/none.js", "/none.png"):
        assert fetch("frontend", path).status == fetch("gateway", path).status == 404


def test_the_frontend_does_not_serve_metrics(store):
    assert b"dvs_" in fetch("metrics", "/metrics").content
    assert b"dvs_" not in fetch("gateway", "/metrics").content
    assert b"dvs_" not in fetch("frontend", "/metrics").content


def test_a_customer_rents_a_film_and_downloads_a_part(store):
    customer = Customer(f"http://127.0.0.1:{PORTS['frontend']}", "ana")
    customer.rent("one")
    (entitlement,) = customer.ask("GET", "/api/v1/library")["entitlements"]
    play = customer.ask("POST", f"/api/v1/library/{entitlement['id']}/playback", {"confirm_start": True})
    url = re.search(r'"(/media/[^"]+|http[^"]+/media/[^"]+)"', json.dumps(play))[1]
    path = url[url.index("/media/"):]
    film = fetch("frontend", path, {"range": "bytes=0-99"})
    assert film.status == 206 and len(film.content) == 100


def opened(path, headers):
    """The answer of a request that stays open: its head, with the connection to read more from."""
    connection = http.client.HTTPConnection("127.0.0.1", PORTS["frontend"], timeout=10)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def test_websockets_pass(store):
    customer = Customer(f"http://127.0.0.1:{PORTS['frontend']}", "bia")
    order = customer.rent("two")
    assert order
    (entitlement,) = customer.ask("GET", "/api/v1/library")["entitlements"]
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = opened(f"/api/v1/library/{entitlement['id']}/play", {**customer.headers, **upgrade})
    assert answer.status == 101
    assert answer.getheader("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_events_arrive_when_they_happen(store):
    answer = opened("/api/v1/events", {"accept": "text/event-stream"})
    assert answer.status == 200
    assert answer.getheader("content-type").startswith("text/event-stream")
    assert answer.fp.readline()


def test_no_role_uses_more_memory_than_it_requests(store):
    with ThreadPoolExecutor(4) as at_once:
        names = [f"customer{number}" for number in range(SIGN_UPS)]
        list(at_once.map(lambda name: Customer(f"http://127.0.0.1:{PORTS['frontend']}", name), names))
    used = {role: memory(role) for role in ("catalogue", "rent", "gateway", "frontend")} | {"postgres": database_memory(store)}
    for role, size in used.items():
        print(f"{role}: {size / 2**20:.0f} MiB of its own after {SIGN_UPS} sign-ups, of {requested(role) / 2**20:.0f} MiB requested")
    assert not [role for role, size in used.items() if size > requested(role)]


def test_a_container_that_is_told_to_end_ends_well(store):
    for role in ("gateway", "rent", "catalogue", "frontend"):
        podman("stop", "--time", "20", role_name(role))
        assert podman("inspect", "--format", "{{.State.ExitCode}}", role_name(role)).stdout.strip() == "0", role
