#!/usr/bin/env bash
# Builds the images with Podman and runs the store in containers (`make test-image`). Without an image registry,
# base-images.sh builds replacements for the base images; the rest of the Dockerfile is built and run as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."

# crun, Podman's default, cannot start containers on machines that mix control groups v1 and v2; runc can.
mkdir -p target
export CONTAINERS_CONF=$PWD/target/containers.conf
printf '[engine]\nruntime = "runc"\n' >"$CONTAINERS_CONF"

bases=$(sed -n 's/^ARG [A-Z]*_IMAGE=//p' deploy/docker/Dockerfile)
for base in $bases; do
    podman image exists "$base" || podman pull --quiet "$base" || { deploy/tests/base-images.sh && break; }
done
for target in dvs frontend; do
    # Only the docker format keeps health checks. The limits are low enough for a confined root to set them.
    podman build --format docker --pull=never --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
        --target "$target" --tag "distributed-video-store/$target:test" --file deploy/docker/Dockerfile .
done
PYTHONPATH=.tools/kubernetes python3 -m pytest -q -p no:cacheprovider deploy/tests/image.py
