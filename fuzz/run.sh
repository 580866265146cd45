#!/bin/sh
# Build the fuzz target and run it: fuzz/run.sh [OPTION OF LIBFUZZER]...
#
# New inputs are kept in out/fuzz/corpus and used the next time. What breaks the decoder is left in
# out/fuzz/findings; `fuzz/run.sh FILE` shows it again.
set -eu
cd "$(dirname "$0")/.."
out=out/fuzz

command -v clang >/dev/null || {
    echo "fuzzing needs clang with its runtime (apt packages clang, libclang-rt-14-dev)" >&2
    exit 3
}
mkdir -p $out/corpus $out/findings
clang -std=gnu99 -O2 -g -Wall -Wextra -Werror \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -DVECTORS='"tests/device_apply/core/vectors"' -Idevice_apply/core/include \
    -o $out/decode_patch fuzz/decode_patch.c device_apply/core/src/*.c

# A file to show again comes instead of the corpus.
for argument; do
    [ ! -f "$argument" ] || exec $out/decode_patch "$@"
done
exec $out/decode_patch $out/corpus fuzz/corpus -max_len=4096 -timeout=60 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix=$out/findings/ "$@"
