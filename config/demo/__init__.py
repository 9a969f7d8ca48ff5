"""What `manage.py demo` shows: real jobs, sent over HTTP and checked against the right results."""
