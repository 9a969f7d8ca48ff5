"""The executor's side of Celery: what a `celery -A config worker` process does for Celeriac.

`setup` makes a worker an executor, `heartbeat` keeps it known, `task` receives leases, `run`
works through one, `attempt` runs one job, `keeper` watches what takes long, `requests` speaks
for a child process that died.
"""
