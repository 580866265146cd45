#!/bin/sh
# Install the packages of system-packages.txt that are missing, if this is Debian and we are root.
set -eu
list="$(dirname "$0")/system-packages.txt"
command -v dpkg-query >/dev/null || { echo "not Debian: tests that need $list may be skipped"; exit 0; }

missing=""
for package in $(grep -v '^#' "$list"); do
    status="$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)"
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "not root: tests that need these packages will be skipped:$missing"
    exit 0
fi
echo "installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word per package
apt-get install -qq -y --no-install-recommends $missing >/dev/null
