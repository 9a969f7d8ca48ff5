"""What the web process needs in tests."""

from __future__ import annotations
