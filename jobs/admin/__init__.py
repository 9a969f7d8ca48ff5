"""The pages of jobs in Django's admin, and what the other apps' pages are made of."""

from jobs.admin import pages

__all__ = ["pages"]
