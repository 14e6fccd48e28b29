#!/usr/bin/env bash
# Runs the distributed store on this machine to try it out: a PostgreSQL server, two catalogues, two rent services, two
# gateways, and a load balancer in front of them. Prints the process and the log file of each; Ctrl-C stops all of them.
# The data is in ./cluster, and the next start uses it again. CLUSTER_PORT shifts all ports.
set -euo pipefail
cd "$(dirname "$0")/.."

dvs=$PWD/target/release/dvs
folder=$PWD/cluster
port=${CLUSTER_PORT:-8000}
gateways=($((port + 1)) $((port + 2)))
catalogues=($((port + 11)) $((port + 12)))
rents=($((port + 21)) $((port + 22)))
database=$((port + 31))
programs=$(scripts/find.sh postgres)
transport=${CLUSTER_TRANSPORT:-grpc}

say() { printf '%s\n' "$*"; }

# PostgreSQL refuses to run as root. `exec` replaces the shell, so that signals to its process id reach the server.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
    else
        exec "$@"
    fi
}

# The name and the process id of each member, in starting order.
names=()
processes=()

begin() {
    local name=$1
    shift
    "$@" >>"$folder/$name.log" 2>&1 &
    names+=("$name")
    processes+=($!)
}

# Waits until a command succeeds; after 30 seconds it prints the last lines of the member's log and exits.
until_it() {
    local name=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        if [ $((tries += 1)) -gt 150 ]; then
            say "$name does not start. The end of $folder/$name.log:" >&2
            tail -n 5 "$folder/$name.log" >&2
            exit 1
        fi
        sleep 0.2
    done
}

# Stops all other members at once, and then PostgreSQL. On SIGINT, PostgreSQL closes its connections and shuts down
# cleanly (fast shutdown).
end() {
    trap '' INT TERM
    trap - EXIT
    local index
    for ((index = ${#processes[@]} - 1; index > 0; index--)); do
        kill -TERM "${processes[index]}" 2>/dev/null || true
    done
    for ((index = ${#processes[@]} - 1; index >= 0; index--)); do
        [ "$index" != 0 ] || kill -INT "${processes[0]}" 2>/dev/null || true
        wait "${processes[index]}" 2>/dev/null || true
        say "${names[index]} has ended"
    done
}
trap end EXIT
trap 'exit 130' INT TERM

mkdir -p "$folder"
if [ ! -e "$folder/keys" ]; then
    (umask 077 && "$dvs" keys >"$folder/keys")
fi
set -a
# shellcheck source=/dev/null
. "$folder/keys"
set +a

data=$folder/postgres
if [ ! -e "$data/PG_VERSION" ]; then
    mkdir -p "$data"
    chmod 700 "$data"
    [ "$(id -u)" != 0 ] || chown postgres "$data"
    (cd / && as_postgres "$programs/initdb" -U postgres --auth=trust --encoding=UTF8 --locale=C -D "$data" >/dev/null)
fi
begin postgres as_postgres "$programs/postgres" -D "$data" -p "$database" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=
sql() { "$programs/psql" -qAt -h 127.0.0.1 -p "$database" -U postgres -c "$1" postgres; }
until_it postgres sql "SELECT 1"
for role in catalogue rent; do
    [ -n "$(sql "SELECT 1 FROM pg_database WHERE datname = '$role'")" ] || sql "CREATE DATABASE $role"
    "$dvs" migrate --role "$role" --database-url "postgres://postgres@127.0.0.1:$database/$role" >/dev/null
done

# Joins the addresses of a service's members into the list that clients take.
addresses() {
    local list
    list=$(printf 'http://127.0.0.1:%s,' "$@")
    printf '%s' "${list%,}"
}
catalogue=$(addresses "${catalogues[@]}")
rent=$(addresses "${rents[@]}")
url="postgres://postgres@127.0.0.1:$database"
common=(--media-url "file://$folder/media" --transport "$transport" --linger 2 --public-url "http://localhost:$port")

for number in 1 2; do
    begin "catalogue-$number" "$dvs" serve --role catalogue --listen "127.0.0.1:${catalogues[number - 1]}" \
        --metrics-listen "127.0.0.1:$((catalogues[number - 1] + 40))" \
        --data-dir "$folder/catalogue-$number" --database-url "$url/catalogue" "${common[@]}"
done
until_it catalogue-2 "$dvs" doctor --catalogue "$catalogue"
"$dvs" demonstration --catalogue "$catalogue" --media-url "file://$folder/media"
for number in 1 2; do
    begin "rent-$number" "$dvs" serve --role rent --listen "127.0.0.1:${rents[number - 1]}" \
        --metrics-listen "127.0.0.1:$((rents[number - 1] + 40))" \
        --data-dir "$folder/rent-$number" --database-url "$url/rent" --catalogue "$catalogue" "${common[@]}"
done
until_it rent-2 "$dvs" doctor --rent "$rent"
for number in 1 2; do
    begin "gateway-$number" "$dvs" serve --role gateway --listen "127.0.0.1:${gateways[number - 1]}" \
        --metrics-listen "127.0.0.1:$((gateways[number - 1] + 40))" \
        --data-dir "$folder/gateway-$number" --proxies-in-front 1 --catalogue "$catalogue" --rent "$rent" "${common[@]}"
done
until_it gateway-2 "$dvs" doctor --gateway "$(addresses "${gateways[@]}")"

# The balancer uses members whose /readyz answers. It repeats a request that could not connect; after an empty response
# it repeats only a GET.
cat >"$folder/balancer.cfg" <<CONFIG
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    option forwardfor
frontend public
    bind 127.0.0.1:$port
    default_backend gateways
backend gateways
    http-request disable-l7-retry if !METH_GET
    balance leastconn
    option httpchk GET /readyz
    default-server check inter 500ms fall 1 rise 1
    server gateway-1 127.0.0.1:${gateways[0]}
    server gateway-2 127.0.0.1:${gateways[1]}
CONFIG
begin balancer haproxy -db -f "$folder/balancer.cfg"
until_it balancer "$dvs" doctor --gateway "http://127.0.0.1:$port"

say ""
"$dvs" doctor --gateway "http://127.0.0.1:$port,$(addresses "${gateways[@]}")" --catalogue "$catalogue" --rent "$rent" \
    --catalogue-database-url "$url/catalogue" --rent-database-url "$url/rent"
say ""
for index in "${!names[@]}"; do
    printf '%-12s process %-8s %s\n' "${names[index]}" "${processes[index]}" "$folder/${names[index]}.log"
done
say ""
say "Each gateway, catalogue and rent service has its metrics (/metrics) 40 ports above its own: the first gateway's are at $((gateways[0] + 40))."
say "The store is open at http://localhost:$port (Ctrl-C stops all of it). Kill any member: the store keeps working."
# Keep running while members die, until Ctrl-C, or until no process is left.
while :; do wait -n || true; [ -n "$(jobs -r)" ] || exit 1; done
