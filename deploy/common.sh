# What setup.sh and destroy.sh share: the names of what is ours, and how they speak.
# shellcheck shell=bash
# shellcheck disable=SC2034

# The Minikube that is the store's alone; its kubectl context has the same name.
PROFILE=distributed-video-store
NAMESPACE=distributed-video-store
# On the namespace and the images that setup.sh made.
MARK=distributed-video-store.made-by=setup
# What setup.sh writes for kubectl.
GENERATED=target/deploy

doing=starting
missing=()

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# step WORDS: what is done now, told before it begins and, if it fails, after.
step() {
    doing=$*
    printf '\n── %s\n' "$*"
}

refuse() {
    trap - EXIT
    complain "$*"
    exit 2
}

# need PROGRAM WHERE: remembers what is missing and where it is to be had.
need() {
    type -P "$1" >/dev/null || missing+=("$1 ($2)")
}

# The container engine that answers: Docker, or Podman.
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

# Whose the namespace is: ours, another's or nobody's. A cluster that does not answer is an error. `kube` is the caller's.
# shellcheck disable=SC2154
namespace_owner() {
    local found
    found=$("${kube[@]}" get namespace "$NAMESPACE" --ignore-not-found --output "jsonpath={.kind} {.metadata.labels}") ||
        return
    case $found in
        "") echo nobody ;;
        *"\"${MARK%=*}\":\"${MARK#*=}\""*) echo ours ;;
        *) echo another ;;
    esac
}
