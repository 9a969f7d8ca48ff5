"""Calls to HTTP executors, from a worker that consumes the queue `gateway`.

One loop in a thread of its own (`gateway`) hands leases over (`handing_over`) and goes its rounds
(`rounds`): checks of health, cancellations, timeouts, silence, logs. What to do about what is
found is decided in `decisions`; `rows` has the SQL; `http` is the client that calls only where it
may.
"""
