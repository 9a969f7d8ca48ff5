"""Why a job is not running, when it will, when it ends, and where its time went.

`explain` reads what the dispatcher would read and asks the same pure functions, so that the two
can't disagree. What it answers is in `answer`; what it looks at in `scene`, which `reading/` reads.
Jobs that wait are explained in `waits/`, those that run in `ending`, finished ones in `spending`.
"""
