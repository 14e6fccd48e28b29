#!/usr/bin/env bash
# Opens the store on Kubernetes: in a Minikube profile of its own on this machine, or with --context on any cluster. A
# second run updates the store to the current sources; ./destroy.sh deletes it.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=deploy/common.sh
. deploy/common.sh

# The memory and processors that Minikube takes of this machine; the pods of the store request less than 512 MiB.
MINIKUBE_MEMORY=2200m
MINIKUBE_PROCESSORS=2
# The frontend's port on Minikube's node (deploy/kubernetes/overlays/minikube).
NODE_PORT=30080
ROLLOUT_LIMIT=300s
# How often the script waits for the demonstration's job, and how long each time: ten minutes in all.
ASKED_TIMES=120
ASKED_FOR=5s
VERSION=0.1.0

usage() {
    cat <<'USAGE'
./setup.sh [--port PORT] [--transport grpc|rest]
./setup.sh --context NAME --registry PREFIX [--transport grpc|rest]

  --port PORT        where the store is on this machine: http://localhost:PORT (8000)
  --transport WAY    how the services talk to each other: grpc, or REST/JSON (grpc)
  --context NAME     use the cluster of this kubectl context, instead of a Minikube
  --registry PREFIX  with --context: push the images here, where that cluster can pull them
USAGE
}

port=
transport=grpc
context=
registry=
while [ $# -gt 0 ]; do
    case $1 in
        --port | --transport | --context | --registry)
            [ -n "${2:-}" ] || refuse "$1 needs a value"
            declare "${1#--}=$2"
            shift 2
            ;;
        -h | --help) usage && exit ;;
        *) usage >&2 && refuse "$1 is no option" ;;
    esac
done
case $transport in grpc | rest) ;; *) refuse "--transport is grpc or rest, and not $transport" ;; esac
[[ $port =~ ^([1-9][0-9]{0,4})?$ ]] || refuse "--port is a number, and not $port"
[ -z "$context" ] || [ -n "$registry" ] || refuse "a cluster of yours pulls its images: say with --registry from where"
[ -n "$context" ] || [ -z "$registry" ] || refuse "--registry goes with --context: Minikube is given its images directly"
[ -z "$context" ] || [ -z "$port" ] || refuse "--port is for Minikube: another cluster is reached as it allows"

main() {
    step "looking for what is needed"
    need kubectl "https://kubernetes.io/docs/tasks/tools"
    need curl "your system's packages"
    find_engine
    if [ -n "$context" ]; then
        cluster=$context
    else
        need minikube "https://minikube.sigs.k8s.io/docs/start"
        cluster=$PROFILE
    fi
    none_missing
    kube=(kubectl --context "$cluster" --namespace "$NAMESPACE")

    trap 'ended $?' EXIT
    [ -n "$context" ] || start_minikube
    build_images
    claim_namespace
    make_secrets
    apply
    wait_until_ready
    tell
}

start_minikube() {
    step "starting the Minikube $PROFILE"
    if minikube --profile "$PROFILE" status >/dev/null 2>&1; then
        say "It runs already."
    else
        # Without --keep-context, minikube would make the new cluster the current context of the user's kubectl.
        minikube --profile "$PROFILE" start --driver="$engine" --keep-context --cpus="$MINIKUBE_PROCESSORS" \
            --memory="$MINIKUBE_MEMORY" --ports="127.0.0.1:${port:-8000}:$NODE_PORT"
    fi
    # Minikube publishes a port only when it creates the profile, so a later run uses the port of the first one.
    local published
    published=$("$engine" port "$PROFILE" "$NODE_PORT/tcp")
    published=${published%%$'\n'*}
    published=${published##*:}
    [ -n "$published" ] || refuse "the Minikube $PROFILE was made without a port for the store: ./destroy.sh, and again"
    [ -z "$port" ] || [ "$port" = "$published" ] ||
        refuse "the Minikube $PROFILE was made with port $published, and keeps it: ./destroy.sh, and again"
    port=$published
}

# Each image's tag contains its content's hash, so that Kubernetes rolls out only images that have changed.
build_images() {
    local prefix=${registry:-localhost/distributed-video-store} target revision id archive there=
    [ -n "$registry" ] || there=$(minikube --profile "$PROFILE" image ls)
    # The last commit that changed the sources of the images: with the newest commit as their label, any commit would
    # change their hash.
    revision=$(git log -1 --format=%H -- Cargo.lock crates deploy/docker proto web 2>/dev/null || echo unknown)
    # Docker's provenance attestation contains the build's time and place, and would change the hash too.
    export BUILDX_NO_DEFAULT_ATTESTATIONS=1
    images=()
    for target in dvs frontend; do
        step "building the image $target (the first time takes some minutes)"
        "$engine" build --file deploy/docker/Dockerfile --target "$target" --label "$MARK" \
            --build-arg "VERSION=$VERSION" --build-arg "REVISION=$revision" --tag "$prefix/$target:built" .
        id=$("$engine" image inspect --format '{{.Id}}' "$prefix/$target:built")
        id=${id#sha256:}
        local image=$prefix/$target:$VERSION-${id:0:12}
        "$engine" tag "$prefix/$target:built" "$image"
        images+=("$image")
        if [ -n "$registry" ]; then
            step "pushing $image"
            "$engine" push "$image"
        elif grep -qxF "$image" <<<"$there"; then
            say "The cluster has it already."
        else
            step "giving $image to the cluster"
            archive=$(mktemp -t "$target-XXXXXX.tar")
            "$engine" save --output "$archive" "$image"
            minikube --profile "$PROFILE" image load "$archive"
            rm -f "$archive"
        fi
    done
}

# The label tells that setup.sh created the namespace. Another namespace of the same name is left alone.
claim_namespace() {
    step "claiming the namespace $NAMESPACE"
    local owner
    owner=$(namespace_owner)
    case $owner in
        ours) say "It is there." ;;
        none) "${kube[@]}" apply --filename - <<NAMESPACE ;;
{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "$NAMESPACE", "labels": {"${MARK%=*}": "${MARK#*=}"}}}
NAMESPACE
        *) refuse "the cluster $cluster has a namespace $NAMESPACE that ./setup.sh did not make: it is left alone" ;;
    esac
}

# The first run makes the secrets: the program makes the keys, and the system's random numbers become the passwords of
# the databases. The secret `postgres` is made last, so its presence shows that all of them are there.
make_secrets() {
    step "making the secrets"
    if "${kube[@]}" get secret postgres >/dev/null 2>&1; then
        say "They are there."
        return
    fi
    local catalogue rent
    catalogue=$(password)
    rent=$(password)
    "$engine" run --rm --network none --read-only --cap-drop ALL "${images[0]}" keys | secret keys
    echo "url=postgres://catalogue:$catalogue@postgres/catalogue" | secret catalogue-database
    echo "url=postgres://rent:$rent@postgres/rent" | secret rent-database
    secret postgres <<PASSWORDS
POSTGRES_PASSWORD=$(password)
CATALOGUE_PASSWORD=$catalogue
RENT_PASSWORD=$rent
PASSWORDS
}

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# secret NAME: creates a secret from lines of NAME=VALUE on standard input; other users of the machine could see
# arguments.
secret() {
    "${kube[@]}" create secret generic "$1" --from-env-file=/dev/stdin --dry-run=client --output=yaml |
        "${kube[@]}" apply --filename - >/dev/null
    say "secret $1"
}

# Applies the overlay with the images that were built and the transport that was asked for.
apply() {
    step "applying the manifests"
    local overlay=minikube
    # Minikube publishes the node's port on this machine's loopback only. On other clusters a port of the nodes would be
    # open to everyone who reaches them, so those get the overlay without it.
    [ -z "$context" ] || overlay=single
    mkdir -p "$GENERATED"
    cat >"$GENERATED/kustomization.yaml" <<KUSTOMIZATION
# Written by ./setup.sh.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $NAMESPACE
resources:
  - ../../deploy/kubernetes/overlays/$overlay
  - ../../deploy/kubernetes/demonstration
patches:
  - target: {kind: Namespace}
    patch: |-
      - {op: add, path: /metadata/labels/${MARK%=*}, value: ${MARK#*=}}
configMapGenerator:
  - name: store
    behavior: merge
    literals:
      - DVS_TRANSPORT=$transport
      - DVS_PUBLIC_URL=http://localhost:${port:-8000}
images:
  - name: distributed-video-store/dvs
    newName: ${images[0]%:*}
    newTag: ${images[0]##*:}
  - name: distributed-video-store/frontend
    newName: ${images[1]%:*}
    newTag: ${images[1]##*:}
KUSTOMIZATION
    # Kubernetes allows no change to a job that has run, so the script deletes the job and creates it again.
    "${kube[@]}" delete job demonstration --ignore-not-found
    "${kube[@]}" apply --kustomize "$GENERATED"
}

wait_until_ready() {
    local workload
    for workload in statefulset/postgres deployment/catalogue deployment/rent deployment/gateway deployment/frontend; do
        step "waiting for $workload"
        "${kube[@]}" rollout status "$workload" --timeout="$ROLLOUT_LIMIT"
    done
    step "loading the demonstration's films"
    wait_for_demonstration
    if [ -z "$context" ]; then
        step "asking for a film at http://localhost:$port"
        curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --max-time 5 --output /dev/null \
            "http://localhost:$port/api/v1/titles?page_size=1"
    fi
}

# A failed job never becomes complete, so after each wait the script also asks for the failure, and reports it at once.
wait_for_demonstration() {
    local asked answer failed
    for ((asked = 0; asked < ASKED_TIMES; asked++)); do
        answer=$("${kube[@]}" wait --for=condition=complete job/demonstration --timeout="$ASKED_FOR" 2>&1) && return
        case $answer in
            *"timed out"*) ;;
            *) complain "$answer" && return 1 ;;
        esac
        failed=$("${kube[@]}" get job demonstration --output 'jsonpath={.status.conditions[?(@.type=="Failed")].message}')
        if [ -n "$failed" ]; then
            complain "The demonstration's job has failed: $failed"
            "${kube[@]}" logs job/demonstration --tail=20 >&2 || true
            return 1
        fi
    done
    complain "The demonstration's job is not done after $ASKED_TIMES times $ASKED_FOR."
    return 1
}

tell() {
    say ""
    if [ -n "$context" ]; then
        say "The store is open in the cluster $context. This brings it to http://localhost:8000:"
        say "  ${kube[*]} port-forward service/frontend 8000:80"
        say "./destroy.sh --context $context takes it away."
    else
        say "The store is open at http://localhost:$port"
        say "Its cluster is at: kubectl --context $PROFILE --namespace $NAMESPACE get pods"
        say "./destroy.sh takes it away."
    fi
}

# Reports the step that failed, the state of the cluster, and the commands that continue from it or delete it.
ended() {
    [ "$1" != 0 ] || return 0
    complain "It stopped while $doing."
    if [ "$(namespace_owner 2>/dev/null)" = ours ]; then
        complain "What the cluster has to say:"
        "${kube[@]}" get pods >&2 || true
        "${kube[@]}" get events --field-selector type=Warning >&2 || true
    fi
    complain "What was made so far stays: ./setup.sh continues from it, ./destroy.sh${context:+ --context $context} takes it away."
    exit 1
}

main
