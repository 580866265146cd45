"""Decoding payloads of every format in bounded memory: patch and base image in, new image out."""
