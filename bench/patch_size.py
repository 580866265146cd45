"""Compare the sizes of airdelta's patches with those of other tools, on real firmware.

    python bench/patch_size.py --corpus DIR [--peers CSV] [--json FILE]

`bench/README.md` says what is measured and how to read it; `--help` lists the options.
"""

import sys

# Measurements run in fresh processes that load this file again: only the first one goes on.
if __name__ == "__main__":
    from patch_bench.command import main

    sys.exit(main())
