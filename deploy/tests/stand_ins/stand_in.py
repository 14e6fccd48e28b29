#!/usr/bin/env -S python3 -I -S
"""A fake of minikube, kubectl, docker, podman and curl. Under each of these names it records its call, and answers as the
real program would, from the state in the folder $STAND_IN_WORLD. A call to a profile, context or namespace that is not
the store's own, and any call that the fake does not know, is recorded as a trespass and fails."""

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

OURS = "distributed-video-store"
FOLDER = Path(os.environ["STAND_IN_WORLD"])
NAME = Path(sys.argv[0]).name
ARGUMENTS = sys.argv[1:]
CALL = " ".join([NAME, *ARGUMENTS])
# Read before the lock is taken: the other end of the pipe may be a fake that waits for the same lock.
INPUT = sys.stdin.read() if {"-", "--from-env-file=/dev/stdin"} & set(ARGUMENTS) else ""


def main():
    # The programs of a pipe run at the same time.
    lock = (FOLDER / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    world = json.loads((FOLDER / "world.json").read_text())
    with (FOLDER / "calls").open("a") as calls:
        calls.write(CALL + "\n")
    for piece, message in world["fails"].items():
        if piece in CALL:
            sys.exit(message)
    if NAME == "kubectl" and "port-forward" in ARGUMENTS:
        forward(world, lock)
    if NAME == "curl" and "scale" in world:
        documented_curl(world, lock)
    answer = {"minikube": minikube, "kubectl": kubectl, "docker": docker, "podman": docker, "curl": curl}[NAME](world, list(ARGUMENTS))
    (FOLDER / "world.json").write_text(json.dumps(world))
    if answer:
        print(answer)


def trespass():
    with (FOLDER / "trespasses").open("a") as trespasses:
        trespasses.write(CALL + "\n")
    sys.exit(f"trespass: {CALL}")


def take(arguments, *begin):
    """Removes these words from the front of the arguments; other words make the call a trespass."""
    if arguments[: len(begin)] != list(begin):
        trespass()
    del arguments[: len(begin)]


def minikube(world, arguments):
    if arguments == ["profile", "list", "--output", "json"]:
        return json.dumps({"invalid": [], "valid": [{"Name": name} for name in world["profiles"]]})
    take(arguments, "--profile", OURS)
    match arguments:
        case ["status"]:
            if OURS not in world["profiles"]:
                sys.exit(85)
        case ["start", *options] if "--keep-context" in options:
            world["profiles"].append(OURS)
            (published,) = [option for option in options if option.startswith("--ports=")]
            world["port"] = published.split(":")[1]
        case ["delete"]:
            world["profiles"].remove(OURS)
            world.update(objects={}, owner=None, cluster_images=[])
        case ["image", "ls"]:
            return "\n".join(world["cluster_images"])
        case ["image", "load", archive]:
            world["cluster_images"].append(Path(archive).read_text())
        case _:
            trespass()


def forward(world, lock):
    """Records the port as forwarded until SIGTERM, as the real program holds it."""
    take(ARGUMENTS, "--context", OURS, "--namespace", OURS, "port-forward")
    target, ports = ARGUMENTS
    port = ports.split(":")[0]
    if port in world["forwards"]:
        sys.exit(f"unable to listen on port {port}: address already in use")
    change("forwards", lambda forwards: forwards | {port: target.split("/")[-1]}, world)
    fcntl.flock(lock, fcntl.LOCK_UN)

    def end(*_):
        fcntl.flock(lock, fcntl.LOCK_EX)
        change("forwards", lambda forwards: {one: pod for one, pod in forwards.items() if one != port})
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)
    # Without a SIGTERM the entry stays in `forwards`, and the test finds it there.
    time.sleep(10)
    sys.exit()


def change(name, into, world=None):
    world = world or json.loads((FOLDER / "world.json").read_text())
    world[name] = into(world[name])
    (FOLDER / "world.json").write_text(json.dumps(world))


def documented(world, arguments):
    """The calls of docs/operations/kubernetes.md."""
    scale = world["scale"]
    match arguments:
        case ["get", "pods", "--output", "wide"] | ["logs", "deployment/rent", "--follow"] | ["set", "env", *_]:
            pass
        case ["rollout", "status" | "undo", _]:
            pass
        case ["exec", "deployment/rent", "--", "dvs", "doctor"]:
            pass
        case ["get", "pods", "--selector", selector, "--output", "name"]:
            name = selector.split("=")[1]
            return "\n".join(f"pod/{name}-{number}" for number in range(1, scale[name] + 1))
        case ["delete", pod, "--grace-period=0", "--force"] if pod.startswith("pod/"):
            world["killed"].append(pod.split("/")[1])
        case ["scale", *workloads, "--replicas", replicas]:
            for workload in workloads:
                scale[workload.removeprefix("deployment/")] = int(replicas)
        case ["wait", "--for=delete", "pod", "--selector", _, "--timeout=120s"]:
            if any(scale.values()):
                sys.exit("timed out")
        case ["exec", "postgres-0", "--", "pg_dump", "--username", "postgres", "--format", "custom", database]:
            return f"dump of {database}"
        case ["exec", "-i", "postgres-0", "--", "pg_restore", *_]:
            if any(scale.values()):
                sys.exit("the database is in use")
        case _:
            trespass()


def by_hand(world, arguments):
    """The calls that the page makes without setup.sh."""
    match arguments:
        case ["label", "namespace", "observability", _] | ["apply", "-f", "deploy/kubernetes/base/namespace.yaml"]:
            pass
        case ["apply", "-k", "deploy/kubernetes/overlays/production"]:
            pass
        case ["-n", "databases", "get", "secret", "rent-app", "-o", _]:
            return "cG9zdGdyZXM6Ly9yZW50OnNlY3JldEByZW50L3JlbnQ="
        case ["-n", name, "create", "secret", "generic", _, "--from-env-file=/dev/stdin"] if name == OURS:
            if "=" not in INPUT:
                sys.exit("no secret was given")
        case _:
            trespass()


def kubectl(world, arguments):
    context = world["context"]
    if "scale" in world and arguments[:1] != ["--context"]:
        return by_hand(world, arguments)
    if "scale" in world:
        take(arguments, "--context", OURS, "--namespace", OURS)
        return documented(world, arguments)
    take(arguments, "--context", context, "--namespace", OURS)
    match arguments:
        case ["get", "namespace", name, "--ignore-not-found", *_] if name == OURS:
            owner = world["owner"]
            return owner and f'Namespace {{"{owner[0]}":"{owner[1]}"}}'
        case ["delete", "namespace", name, *_] if name == OURS:
            world.update(objects={}, owner=None)
        case ["get", "secret", name]:
            if f"Secret/{name}" not in world["objects"]:
                sys.exit("not found")
        case ["create", "secret", "generic", name, "--from-env-file=/dev/stdin", "--dry-run=client", _]:
            lines = dict(line.split("=", 1) for line in INPUT.splitlines())
            return json.dumps({"kind": "Secret", "metadata": {"name": name}, "stringData": lines})
        case ["apply", "--filename", "-"]:
            keep(world, json.loads(INPUT))
        case ["apply", "--kustomize", folder]:
            rendered = os.popen(f"{os.environ['REAL_KUBECTL']} kustomize {folder}")
            (FOLDER / "applied.yaml").write_text(rendered.read())
            if rendered.close():
                sys.exit("the kustomization is wrong")
            world["applied"] += 1
        case ["rollout", "status", _, "--timeout=300s"]:
            if not world["applied"]:
                sys.exit("not found")
        case ["wait", "--for=condition=complete", "job/demonstration", "--timeout=5s"]:
            # Each call takes the next state of the job from the list; after the last one the job is complete.
            if world["job"]:
                world["job_is"] = world["job"].pop(0)
                (FOLDER / "world.json").write_text(json.dumps(world))
                sys.exit("error: timed out waiting for the condition on jobs/demonstration")
        case ["get", "job", "demonstration", "--output", _]:
            return "" if world["job_is"] == "running" else world["job_is"]
        case ["logs", "job/demonstration", _]:
            return "the last words of the job"
        case ["delete", "job", "demonstration", "--ignore-not-found"] | ["get", "pods"] | ["get", "events", *_]:
            pass
        case _:
            trespass()


def keep(world, thing):
    """Stores an object under its kind and name."""
    if thing["kind"] == "Namespace":
        if thing["metadata"]["name"] != OURS:
            trespass()
        ((key, value),) = thing["metadata"]["labels"].items()
        world["owner"] = [key, value]
    world["objects"][f"{thing['kind']}/{thing['metadata']['name']}"] = thing.get("stringData", {})


def docker(world, arguments):
    match arguments:
        case ["info"]:
            if not world["engine_runs"]:
                sys.exit("the daemon does not answer")
        case ["port", name, "30080/tcp"] if name == OURS:
            return world["port"] and f"127.0.0.1:{world['port']}"
        case ["build", *options]:
            name = options[options.index("--tag") + 1]
            world["images"][name] = options[options.index("--label") + 1] if "--label" in options else ""
        case ["image", "inspect", "--format", "{{.Id}}", name]:
            # The same sources give the same image id.
            return f"sha256:{world['sources']}{'1' if 'frontend' in name else '0'}" + 51 * "0"
        case ["tag", name, other]:
            world["images"][other] = world["images"][name]
        case ["save", "--output", archive, name]:
            Path(archive).write_text(name)
        case ["run", "--rm", name, "keys"] if name in world["images"]:
            return "DVS_SERVICE_TOKEN=t"
        case ["push", name]:
            world["pushed"].append(name)
        case ["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", _, "keys"]:
            return "DVS_IDENTITY_KEY=k\nDVS_IDENTITY_PUBLIC_KEY=p\nDVS_SERVICE_TOKEN=t"
        case ["image", "ls", "--quiet", "--filter", label]:
            return "\n".join(name for name, mark in world["images"].items() if f"label={mark}" == label)
        case ["image", "rm", "--force", *names]:
            for name in names:
                del world["images"][name]
        case _:
            trespass()


def curl(world, arguments):
    asked = arguments[-1].removeprefix(f"http://localhost:{world['port']}/api/v1/titles")
    if asked not in ("", "?page_size=1"):
        trespass()


def documented_curl(world, lock):
    port = ARGUMENTS[-1].split("/")[2].split(":")[1]
    if port == world["port"]:
        print("200")
        sys.exit()
    # The real curl retries while the connection is refused (--retry-connrefused).
    for _ in range(100 if "--retry" in ARGUMENTS else 1):
        world = json.loads((FOLDER / "world.json").read_text())
        if port in world["forwards"]:
            change("metrics", lambda asked: [*asked, world["forwards"][port]])
            print('rpc_server_seconds_count{method="SearchTitles"} 100')
            sys.exit()
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(0.1)
        fcntl.flock(lock, fcntl.LOCK_EX)
    sys.exit(7)


main()
