"""The executor's side of Celery: what a `celery -A config worker` process does for Celeriac.

`membership` makes a worker an executor, `presence` keeps it known, `run` works through a lease,
`attempt` runs one job and `chunk` one part of one, `threads` tells numeric libraries how wide they
may be, `keeper` watches what takes long, `requests` and `aftermath` speak for a child process that
died. Leases come in through `executors.tasks`.
"""
