"""Cases from other implementations and measurements, and their models rebuilt from our parts.

A case names a model, its inputs and what somebody else got. A model here is a short composition of
this package's own functions; there is no code for single cases, and nothing is skipped: what is
unknown, unreadable or impossible is a failed row.
"""
