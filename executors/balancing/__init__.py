"""How one of several executors that could run a job is chosen."""
