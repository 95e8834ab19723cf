#!/bin/sh
# Unpack Debian packages, and what they need here, into a directory of one's own.
#
#     sh tools/postgres/debian.sh DIRECTORY PACKAGE…
#
# Nothing is installed: apt resolves and downloads, dpkg-deb unpacks. With state and
# cache of its own, apt needs no root for that, and no package's scripts run, so that no
# service starts and no user is made. The same script serves a container of Debian.
set -eu

target=$1
shift
work=$target/apt
mkdir -p "$work/lists/partial" "$work/archives/partial"

apt() {
    apt-get -q -o Debug::NoLocking=1 -o APT::Sandbox::User= \
        -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" "$@"
}

# --reinstall: also what this machine has already, so that the result is the same on all.
download() {
    apt -y --no-install-recommends --reinstall --download-only "$@"
}

# The package lists of the machine may be missing or older than its mirror.
if ! download install "$@"; then
    lists="-o Dir::State::lists=$work/lists"
    apt $lists update || true # one broken source of several does not matter
    download $lists install "$@"
fi

for package in "$work"/archives/*.deb; do
    case ${package##*/} in
        libc6_*) ;;      # the machine's own, which its loader belongs to
        libllvm*) ;;     # compiles long queries: 100 MB for nothing here
        *) dpkg-deb -x "$package" "$target" ;;
    esac
done
rm -rf "$work" "$target"/usr/lib/postgresql/*/lib/llvmjit* \
    "$target"/usr/lib/postgresql/*/lib/bitcode "$target"/usr/share/doc \
    "$target"/usr/share/locale "$target"/usr/share/man "$target"/usr/include
