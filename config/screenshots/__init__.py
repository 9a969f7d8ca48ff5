"""What `manage.py screenshots` does: a platform that is busy, and pictures of its pages."""
