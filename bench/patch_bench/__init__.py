"""The parts of `bench/patch_size.py`: corpus and tools in, measured sizes and costs out."""
