# Release 1.0.1: frames at SF11 were sent without the low data rate mode that their symbols of
# 16.384 ms require.
include source/1.0.0/release.mk
layers := 1.0.1 $(layers)
