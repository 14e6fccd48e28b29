# What setup.sh and destroy.sh share: the names of the objects that they create, and functions for messages and checks.
# shellcheck shell=bash
# shellcheck disable=SC2034

# The Minikube profile that belongs to the store alone; its kubectl context has the same name.
PROFILE=distributed-video-store
NAMESPACE=distributed-video-store
# setup.sh puts this label on the namespace and the images that it creates, and destroy.sh deletes only those that have
# it.
MARK=distributed-video-store.made-by=setup
# setup.sh writes the kustomization that kubectl applies into this folder.
GENERATED=target/deploy

doing=starting
missing=()

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# step WORDS: prints the step that begins now, and remembers it for the message that reports a failure.
step() {
    doing=$*
    printf '\n── %s\n' "$*"
}

refuse() {
    trap - EXIT
    complain "$*"
    exit 2
}

# need PROGRAM WHERE: notes a missing program, with the place to get it from; none_missing reports all of them at once.
need() {
    type -P "$1" >/dev/null || missing+=("$1 ($2)")
}

# Finds a container engine that answers: Docker, or else Podman.
find_engine() {
    local candidate
    for candidate in docker podman; do
        if type -P "$candidate" >/dev/null && "$candidate" info >/dev/null 2>&1; then
            engine=$candidate
            return
        fi
    done
    missing+=("a container engine that runs: docker (https://docs.docker.com/get-docker) or podman (https://podman.io)")
}

none_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    complain "Missing:"
    printf '  %s\n' "${missing[@]}" >&2
    exit 2
}

# Prints who created the namespace: `ours`, `another`, or `none` if it does not exist. Fails if the cluster does not
# answer. The caller sets `kube`.
# shellcheck disable=SC2154
namespace_owner() {
    local found
    found=$("${kube[@]}" get namespace "$NAMESPACE" --ignore-not-found --output "jsonpath={.kind} {.metadata.labels}") ||
        return
    case $found in
        "") echo none ;;
        *"\"${MARK%=*}\":\"${MARK#*=}\""*) echo ours ;;
        *) echo another ;;
    esac
}
