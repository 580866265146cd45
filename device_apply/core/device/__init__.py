"""The device's update logic in C99, and the bench on which Python runs it. See README.md."""
