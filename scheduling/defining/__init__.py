"""What a task is: requests, checked; the rows they become; its schedule and its ticks."""
