#!/bin/sh
# Build a fuzz target and run it: fuzz/run.sh [read_head|execute_program] [OPTION OF LIBFUZZER]...
#
# Without a target's name it is decode_patch. New inputs are kept in out/fuzz/<corpus> and used the
# next time. What breaks the target is left in out/fuzz/findings; `fuzz/run.sh [TARGET] FILE` shows
# it again.
set -eu
cd "$(dirname "$0")/.."
out=out/fuzz
core=device_apply/core
target=decode_patch
case "${1:-}" in
read_head | execute_program)
    target=$1
    shift
    ;;
esac

command -v clang >/dev/null || {
    echo "fuzzing needs clang with its runtime (apt packages clang, libclang-rt-14-dev)" >&2
    exit 3
}
case $target in
decode_patch)
    corpus=corpus
    set -- -timeout=60 "$@"
    sources="-Idevice_apply/core/include $core/src/*.c"
    ;;
read_head)
    corpus=head_corpus
    set -- -timeout=5 "$@"
    parts="admission cbor_reader cose envelope full_decoder manifest rollback"
    sources="-I$core/device/include -I$core/device/app -I$core/device/boot -I$core/device/configuration
        -I$core/include $core/device/configuration/configuration_file.c"
    for part in $parts; do sources="$sources $core/device/app/$part.c"; done
    ;;
execute_program)
    corpus=program_corpus
    set -- -timeout=5 "$@"
    sources="-I$core/device/include -I$core/device/boot -I$core/device/installer -I$core/src
        -I$core/include $core/device/boot/crc32.c $core/src/reloc*.c"
    for part in program plan page_builder new_page; do
        sources="$sources $core/device/installer/$part.c"
    done
    ;;
esac
mkdir -p $out/$corpus $out/findings
# shellcheck disable=SC2086 # the sources are many words
clang -std=gnu99 -O2 -g -Wall -Wextra -Werror \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -DVECTORS='"tests/device_apply/core/vectors"' -o $out/$target fuzz/$target.c $sources

# A file to show again comes instead of the corpus.
for argument; do
    [ ! -f "$argument" ] || exec $out/$target "$@"
done
exec $out/$target $out/$corpus fuzz/$corpus -max_len=4096 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix=$out/findings/ "$@"
