"""The REST API of jobs, job types and artifacts, and what the upper apps' APIs share with it."""
