#!/bin/bash
# The program and its tests on an ARM machine that QEMU imitates: what installs there from wheels alone, what
# falls back, what the tests say. It shows that things work. It does not show how fast: every line that it
# prints begins with EMULATED, and the report that it makes says so too.
#
#   sudo benchmarks/emulated/run.sh [--arch arm64|armhf] [--suite bookworm|trixie]
#                                   [--tests none|known|quick|all|"PYTEST ARGUMENTS"] [--report FILE]
#                                   [--again | --fresh]
#
# Needs root on Debian or Ubuntu, for mounts and chroot, and these packages:
#   apt-get install --no-install-recommends qemu-user-static mmdebstrap
# The kernel must know binfmt_misc; the handler for the architecture is registered if it is not yet, and
# stays registered. bookworm has CPython 3.11, trixie 3.13. The root file system is made once, into
# ${XDG_CACHE_HOME:-~/.cache}/stateless/emulated (400 MB each), and is used again; --fresh makes it anew, --again
# keeps the packages that the last run installed too.
# Vectors are looked for in STATELESS_VECTORS or ../shared/vectors; tests skip what needs them otherwise.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)

arch=arm64 suite=bookworm tests=known report='' fresh='' again=''
while [ $# -gt 0 ]; do
    case $1 in
        --arch) arch=$2; shift 2 ;;
        --suite) suite=$2; shift 2 ;;
        --tests) tests=$2; shift 2 ;;
        --report) report=$2; shift 2 ;;
        --fresh) fresh=1; shift ;;
        --again) again=1; shift ;;
        *) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2 ;;
    esac
done
case $arch in
    arm64) machine=aarch64 qemu=qemu-aarch64 ;;
    armhf) machine=armv7l qemu=qemu-arm ;;
    *) echo "--arch is arm64 or armhf" >&2; exit 2 ;;
esac

[ "$(id -u)" = 0 ] || { echo "this needs root: mounts and chroot" >&2; exit 1; }
for tool in mmdebstrap "$qemu-static" unshare chroot; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: apt-get install --no-install-recommends qemu-user-static mmdebstrap" >&2
        exit 1
    }
done

# Mounts of its own, which end with it however it ends.
if [ -z "${STATELESS_EMULATED_INSIDE:-}" ]; then
    arguments=(--arch "$arch" --suite "$suite" --tests "$tests" --report "$report")
    [ -z "$fresh" ] || arguments+=(--fresh)
    [ -z "$again" ] || arguments+=(--again)
    STATELESS_EMULATED_INSIDE=1 exec unshare --mount --propagation private "$0" "${arguments[@]}"
fi

say() { printf 'EMULATED %s: %s\n' "$machine" "$*"; }
# Labels what a command prints and keeps its exit code (pipefail).
labelled() { { "$@" 2>&1; } | sed -u "s/^/EMULATED $machine | /"; }
# Names the step and says how long it took.
timed() {
    local what=$1 start
    shift
    say "$what"
    start=$(date +%s)
    labelled "$@"
    say "$what: $(($(date +%s) - start)) s"
}

register_handler() {
    local folder=/proc/sys/fs/binfmt_misc
    [ -e $folder/register ] || mount -t binfmt_misc binfmt_misc $folder
    [ -e "$folder/$qemu" ] || cat "/usr/lib/binfmt.d/$qemu.conf" >$folder/register
}

root=${XDG_CACHE_HOME:-$HOME/.cache}/stateless/emulated/$suite-$arch
make_root() {
    rm -rf "$root" "$root.part"
    mkdir -p "$(dirname "$root")"
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mmdebstrap --quiet --variant=minbase --architectures="$arch" --keyring=$keys \
        --include=python3,python3-venv,ca-certificates,git \
        --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$root.part" http://deb.debian.org/debian
    mv "$root.part" "$root"
}

# A command inside, with an environment of its own and the package index of this one.
inside() {
    local passed=() name
    for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_DEFAULT_TIMEOUT \
        http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!name:-}" ] || passed+=("$name=${!name}")
    done
    # pip's own test of certificates is that of the host: behind a proxy it may need another list.
    chroot "$root" /usr/bin/env -i "${passed[@]}" HOME=/root LANG=C.UTF-8 TERM=dumb PIP_ONLY_BINARY=:all: \
        PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CERT=/etc/ssl/certs/host.crt \
        STATELESS_VECTORS=/vectors PATH=/venv/bin:/usr/bin:/bin \
        /bin/sh -c 'cd /project && exec "$@"' sh "$@"
}

# The files that git knows, as they are now; `.git` itself is not needed but by a test of what is tracked.
copy_project() {
    rm -rf "$root/project"
    mkdir -p "$root/project"
    git -C "$project" -c safe.directory='*' archive HEAD | tar -x -C "$root/project"
}

# Known answers of all that wheels compute, and the command itself: minutes. "quick" is every test that is not marked
# slow, "all" every test: hours. The oracle in plain integers shows nothing of wheels.
known=(tests/verkle/test_kats_curve.py tests/verkle/test_kats_proofs.py tests/witness_patricia/test_keccak.py
    tests/stateless/test_precompiles_p256.py tests/cli/test_doctor.py tests/cli/test_plain.py
    tests/e2e/test_small_device.py -m "not slow" -k "not oracle and not c1000x3")
# QEMU's user mode does not keep a limit of the address space, which two tests set; two hold the start to a time.
never=(--deselect tests/e2e/test_small_device.py::test_the_limit_bites
    --deselect tests/e2e/test_small_device.py::test_a_machine_so_small_gets_small_tables
    --deselect tests/e2e/test_start.py::test_a_whole_process
    --deselect tests/e2e/test_start.py::test_imports)

# One command, so that bash has read all of it before the long work begins.
main() {
    register_handler
    [ -z "$fresh" ] || rm -rf "$root"
    [ -d "$root" ] || timed "making a root file system: Debian $suite, $arch" make_root
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/host.crt"
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    vectors=${STATELESS_VECTORS:-$project/../shared/vectors}
    mkdir -p "$root/vectors"
    [ ! -d "$vectors" ] || mount --bind -o ro "$vectors" "$root/vectors"
    copy_project

    say "$("$qemu-static" --version | head -1), on $(uname -m)"
    labelled inside python3 --version
    if [ -n "$again" ] && [ -x "$root/venv/bin/stateless" ]; then
        timed "installing the program again" inside pip install --quiet --no-deps --force-reinstall .
    else
        rm -rf "$root/venv"
        timed "making a venv" inside python3 -m venv /venv
        before=$(du -sm "$root/venv" | cut -f1)
        timed "installing the program, wheels alone" inside pip install --quiet .
        say "installed: $(($(du -sm "$root/venv" | cut -f1) - before)) MB beside the venv's own $before MB"
    fi
    labelled inside pip list
    timed "doctor" inside stateless doctor
    timed "verify, a Verkle block" inside stateless verify fixtures/blocks/tx-types.json
    timed "verify, a Merkle-Patricia block" inside stateless verify fixtures/patricia/three-transactions.json
    timed "verify, 100 transactions" inside stateless verify --proof-only fixtures/blocks/big-100-txs.json.gz
    if [ -n "$report" ]; then
        timed "device report" inside stateless bench device \
            fixtures/blocks/big-100-txs.json.gz --report /report
        for form in md json; do cp "$root/report.$form" "${report%.md}.$form"; done
        say "written: ${report%.md}.md and .json"
    fi
    if [ "$tests" != none ]; then
        timed "installing the test tools, wheels alone" inside pip install --quiet '.[test]'
        case $tests in
            known) arguments=("${known[@]}") ;;
            quick) arguments=(-m "not slow") ;;
            all) arguments=() ;;
            *) eval "arguments=($tests)" ;;
        esac
        timed "tests: ${arguments[*]:-all}" inside python -m pytest -q -p no:cacheprovider -n 2 "${never[@]}" "${arguments[@]}"
    fi
    say "done"
}
main
exit
