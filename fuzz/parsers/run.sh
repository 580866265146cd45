#!/bin/sh
# Fuzz every parser, one after another: fuzz/parsers/run.sh [OPTION OF LIBFUZZER]...
set -eu
cd "$(dirname "$0")/../.."
mkdir -p out
for target in $(ls fuzz/parsers/corpus); do
    echo "fuzzing $target"
    .venv/bin/python -m fuzz.parsers.fuzz_parser "$target" "$@" >out/fuzz-parser.log 2>&1 || {
        tail -n 40 out/fuzz-parser.log
        exit 1
    }
    tail -n 1 out/fuzz-parser.log
done
