#!/usr/bin/env bash
# Deletes what ./setup.sh created, with all data that the store has kept, and nothing else.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=deploy/common.sh
. deploy/common.sh

usage() {
    cat <<'USAGE'
./destroy.sh                 the Minikube distributed-video-store, and the images that were built for it
./destroy.sh --context NAME  the store in the cluster of this kubectl context, and the images; the cluster stays
USAGE
}

context=
while [ $# -gt 0 ]; do
    case $1 in
        --context)
            [ -n "${2:-}" ] || refuse "$1 needs a value"
            context=$2
            shift 2
            ;;
        -h | --help) usage && exit ;;
        *) usage >&2 && refuse "$1 is no option" ;;
    esac
done

main() {
    step "looking for what is needed"
    find_engine
    if [ -n "$context" ]; then
        need kubectl "https://kubernetes.io/docs/tasks/tools"
    else
        need minikube "https://minikube.sigs.k8s.io/docs/start"
    fi
    none_missing
    trap 'ended $?' EXIT
    if [ -n "$context" ]; then
        kube=(kubectl --context "$context" --namespace "$NAMESPACE")
        delete_namespace
    else
        delete_minikube
    fi
    delete_images
    rm -rf "$GENERATED"
    say ""
    say "What ./setup.sh made is gone. The base images that it pulled are left to $engine."
}

delete_minikube() {
    step "deleting the Minikube $PROFILE"
    if grep -q "\"Name\": *\"$PROFILE\"" <<<"$(minikube profile list --output json 2>/dev/null)"; then
        minikube --profile "$PROFILE" delete
    else
        say "There is none."
    fi
}

delete_namespace() {
    step "deleting the namespace $NAMESPACE of $context"
    local owner
    owner=$(namespace_owner)
    case $owner in
        ours) "${kube[@]}" delete namespace "$NAMESPACE" --timeout=300s ;;
        none) say "There is none." ;;
        *) refuse "the namespace $NAMESPACE in $context was not made by ./setup.sh: it is left alone" ;;
    esac
}

# Finds the images by their label, so that those of every version are deleted.
delete_images() {
    step "deleting the images that were built"
    local images
    images=$("$engine" image ls --quiet --filter "label=$MARK" | sort -u)
    if [ -n "$images" ]; then
        # Each line is one id, so splitting at spaces is safe.
        # shellcheck disable=SC2086
        "$engine" image rm --force $images
    else
        say "There are none."
    fi
}

ended() {
    [ "$1" != 0 ] || return 0
    complain "It stopped while $doing. What was deleted so far is gone; run the same command again to delete the rest."
    exit 1
}

main
