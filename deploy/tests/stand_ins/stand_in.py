#!/usr/bin/env -S python3 -I -S
"""Stands in for minikube, kubectl, docker or podman, and curl: under each of their names it writes down its call, and answers as the
real one would in the little world that $STAND_IN_WORLD keeps. A call at a profile, context or namespace that is not the
store's own, or that it does not know, is a trespass and fails."""

import fcntl
import json
import os
import sys
from pathlib import Path

OURS = "distributed-video-store"
FOLDER = Path(os.environ["STAND_IN_WORLD"])
NAME = Path(sys.argv[0]).name
ARGUMENTS = sys.argv[1:]
CALL = " ".join([NAME, *ARGUMENTS])
# Read before the world is taken: what writes it may be another stand-in.
INPUT = sys.stdin.read() if {"-", "--from-env-file=/dev/stdin"} & set(ARGUMENTS) else ""


def main():
    # The members of a pipe run at once.
    lock = (FOLDER / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    world = json.loads((FOLDER / "world.json").read_text())
    with (FOLDER / "calls").open("a") as calls:
        calls.write(CALL + "\n")
    for piece, message in world["fails"].items():
        if piece in CALL:
            sys.exit(message)
    answer = {"minikube": minikube, "kubectl": kubectl, "docker": docker, "podman": docker, "curl": curl}[NAME](world, list(ARGUMENTS))
    (FOLDER / "world.json").write_text(json.dumps(world))
    if answer:
        print(answer)


def trespass():
    with (FOLDER / "trespasses").open("a") as trespasses:
        trespasses.write(CALL + "\n")
    sys.exit(f"trespass: {CALL}")


def take(arguments, *begin):
    """Takes these words off the front, or the call is a trespass."""
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


def kubectl(world, arguments):
    context = world["context"]
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
        case ["rollout", "status", _, "--timeout=300s"] | ["wait", "--for=condition=complete", _, "--timeout=300s"]:
            if not world["applied"]:
                sys.exit("not found")
        case ["delete", "job", "demonstration", "--ignore-not-found"] | ["get", "pods"] | ["get", "events", *_]:
            pass
        case _:
            trespass()


def keep(world, thing):
    """Remembers an object by its kind and name."""
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
            world["images"][name] = options[options.index("--label") + 1]
        case ["image", "inspect", "--format", "{{.Id}}", name]:
            # The same sources make the same image.
            return f"sha256:{world['sources']}{'1' if 'frontend' in name else '0'}" + 51 * "0"
        case ["tag", name, other]:
            world["images"][other] = world["images"][name]
        case ["save", "--output", archive, name]:
            Path(archive).write_text(name)
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
    if arguments[-1] != f"http://localhost:{world['port']}/api/v1/titles?page_size=1":
        trespass()


main()
