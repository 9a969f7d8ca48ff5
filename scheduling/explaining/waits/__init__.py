"""Why a job that waits does so, until when, and what would start it sooner. Pure."""
