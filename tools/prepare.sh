#!/bin/sh
# Installs the Debian packages that a bare machine lacks, when run as root; else names them and stops.
# usage: sh tools/prepare.sh PYTHON [COMMAND...]
# COMMANDs are programs that are needed too, each in the Debian package of its name, or as COMMAND:PACKAGE: the tests
# need git, the slow ones a browser.
set -eu

python=${1:-}
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or later is needed; give it with: make PYTHON=/path/to/python3.11" >&2
    exit 2
fi
shift

missing=""
for command; do
    command -v "${command%%:*}" >/dev/null || missing="$missing ${command##*:}"
done
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing Debian packages:$missing" >&2
    echo "install them (apt-get install$missing), then run make again" >&2
    exit 2
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
