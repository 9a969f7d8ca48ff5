"""The job types that come with Celeriac: one file and one line here for each."""

from jobs.job_types import (
    add_numbers,
    external,
    large_array_sum,
    monte_carlo_pi,
    resize_image,
    reverse_string,
    word_count,
)

__all__ = [
    "add_numbers",
    "external",
    "large_array_sum",
    "monte_carlo_pi",
    "resize_image",
    "reverse_string",
    "word_count",
]
