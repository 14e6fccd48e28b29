#!/usr/bin/env bash
# Builds the images with Podman and runs the store in containers: `make test-image`. Where no registry can be reached the
# base images are stand-ins that are made here (base-images.sh); what is then built and run is the rest of the Dockerfile.
set -euo pipefail
cd "$(dirname "$0")/../.."

# crun, which comes with podman, starts nothing where control groups are of both versions; runc does.
mkdir -p target
export CONTAINERS_CONF=$PWD/target/containers.conf
printf '[engine]\nruntime = "runc"\n' >"$CONTAINERS_CONF"

bases=$(sed -n 's/^ARG [A-Z]*_IMAGE=//p' deploy/docker/Dockerfile)
for base in $bases; do
    podman image exists "$base" || podman pull --quiet "$base" || { deploy/tests/base-images.sh && break; }
done
for target in dvs frontend; do
    # The file format in which health checks are kept; limits that a confined root may set.
    podman build --format docker --pull=never --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
        --target "$target" --tag "distributed-video-store/$target:test" --file deploy/docker/Dockerfile .
done
PYTHONPATH=.tools/kubernetes python3 -m pytest -q -p no:cacheprovider deploy/tests/image.py
