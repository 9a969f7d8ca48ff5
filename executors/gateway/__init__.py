"""Calls to HTTP executors: one loop in a thread of a worker that consumes the queue `gateway`.

It hands leases over, checks the executors' health and stops what was cancelled or runs too long.
"""
