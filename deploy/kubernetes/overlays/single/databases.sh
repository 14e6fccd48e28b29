#!/bin/sh
# Creates a database for each service, which the other services cannot open. PostgreSQL's image runs this script once,
# when its volume is empty.
set -eu

for service in catalogue rent; do
    case $service in
        catalogue) password=$CATALOGUE_PASSWORD ;;
        rent) password=$RENT_PASSWORD ;;
    esac
    psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        -v service="$service" -v password="$password" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
