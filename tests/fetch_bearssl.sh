#!/bin/sh
# Fetch BearSSL's source from Debian into .cache/bearssl and print that folder; nothing is installed.
#
# The package comes through apt, from the archive that this machine is set up for, with a deb-src
# line and a state of its own, so that the system's is neither needed nor changed.
set -eu
version="0.6+dfsg.1-3"
archive="bearssl_0.6+dfsg.1.orig.tar.xz"
sha256="102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004"

cd "$(dirname "$0")/.."
folder="$PWD/.cache/bearssl"
mkdir -p "$PWD/.cache"
exec 9>"$PWD/.cache/bearssl.lock"
command -v flock >/dev/null && flock 9
if [ ! -f "$folder/complete" ]; then
    command -v apt-get >/dev/null || { echo "not Debian: no source of bearssl" >&2; exit 1; }
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Component: main' |
        sed -n 's|^\(.*/debian/\) \([a-z]*\)$|deb-src \1 \2 main|p' | sort -u >"$work/sources.list"
    set -- -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Acquire::Retries=3
    [ "$(id -u)" -ne 0 ] || set -- "$@" -o APT::Sandbox::User=root
    apt-get "$@" -qq update >&2
    (cd "$work" && apt-get "$@" -qq source --download-only "bearssl=$version" >&2)
    echo "$sha256  $work/$archive" | sha256sum --check --quiet >&2
    tar -xJf "$work/$archive" -C "$work/source" --strip-components=1
    touch "$work/source/complete"
    rm -rf "$folder"
    mv -T "$work/source" "$folder"
fi
echo "$folder"
