"""The compiled parts; everything else about the distribution is in pyproject.toml."""

from setuptools import setup

setup(
    cffi_modules=[
        "device_apply/core/build_decoder.py:ffi",
        "pipeline/encoder/build_encoder.py:ffi",
        "device_apply/core/device/build_extension.py:ffi",
        "device_apply/flash_model/build_extension.py:ffi",
        "pipeline/in_place/build_planner.py:ffi",
    ]
)
