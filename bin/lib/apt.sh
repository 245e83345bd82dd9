# shellcheck shell=sh
# Installing what is missing on Debian and Ubuntu; `missing` holds the packages.

cluster_conf=/etc/postgresql-common/createcluster.conf

# Root and those with a passwordless sudo may install; everybody else is told the line to run.
install_with_apt() {
    if [ "$(id -u)" = 0 ]; then
        as_root() { "$@"; }
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root() { sudo -n "$@"; }
    else
        fail "installing needs root. Run this line, then run this again:" "$(apt_line)" \
            "(or, for PostgreSQL alone and where npm is: PROVENIQ_POSTGRES=npm bin/dev)"
    fi
    say "Installing with apt-get:$missing"
    apt_get update >/dev/null || say "apt-get update failed; trying with the package lists as they are"
    if postgres_is_missing; then
        choose_postgres_package
        no_main_cluster
    fi
    # shellcheck disable=SC2086 # a list of words
    apt_get install --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install:$missing" \
            "It said why above. A name that is not found even after apt-get update means that this" \
            "system's package sources lack it: enable them, or install it in another way."
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 LC_ALL=C \
        apt-get -yqq -o Dpkg::Options::=--force-confold "$@"
}

# What install_with_apt does, for somebody else to paste. Without UCF_FORCE_CONFFOLD the installation would
# stop to ask whether to keep the line that keeps port 5432 free.
apt_line() {
    quietly="DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1"
    line="apt-get update && $quietly apt-get install -y --no-install-recommends$missing"
    if postgres_is_missing; then
        line="mkdir -p ${cluster_conf%/*} && echo create_main_cluster = false >>$cluster_conf && $line"
    fi
    if have sudo; then echo "sudo sh -c '$line'"; else echo "su -c '$line'"; fi
}

postgres_is_missing() {
    case $missing in *postgresql*) true ;; *) false ;; esac
}

# Debian's package would start a cluster of its own on port 5432 as soon as it is installed.
no_main_cluster() {
    ! grep -qs '^create_main_cluster *= *false' $cluster_conf || return 0
    say "Telling Debian's package not to start a cluster of its own ($cluster_conf)"
    as_root mkdir -p ${cluster_conf%/*}
    others=$(grep -sv '^create_main_cluster' $cluster_conf) || true
    printf '%s\n' "$others" 'create_main_cluster = false' | as_root tee $cluster_conf >/dev/null
}

# The newest server package of this system; where all are too old (Ubuntu 22.04), npm's instead.
choose_postgres_package() {
    newest=$(LC_ALL=C apt-cache search --names-only '^postgresql-[0-9]+$' 2>/dev/null |
        sed -n 's/^postgresql-\([0-9]*\) .*/\1/p' | sort -n | tail -n 1)
    if [ "${newest:-0}" -ge "$oldest_postgres" ]; then
        missing=$(echo "$missing" | sed "s/postgresql/postgresql-$newest/")
    else
        say "This system's newest PostgreSQL is ${newest:-none}; $oldest_postgres or newer is needed."
        postgres_from_npm
        missing=$(echo "$missing" | sed 's/postgresql//')
    fi
}
