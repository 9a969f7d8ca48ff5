"""What follows the end of a task's job: the next in line, a count of failures, another task.

A job whose end matters is born with the mark `follow_up`, which is taken away in the transaction
that does what follows: so that happens once, whoever dies in between. A job without a task, or of
a task that asks for nothing of this, costs nothing.
"""

from scheduling.following.follower import Follower
from scheduling.following.round import Followed, follow, set_aside

__all__ = ["Followed", "Follower", "follow", "set_aside"]
