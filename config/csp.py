"""The Content-Security-Policy header: strict, but for what others' templates can't do without."""

from __future__ import annotations

from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts

STYLE_ATTRIBUTES = {"style-src-attr": [UNSAFE_INLINE]}
"""The browsable API's templates hold a few, which can neither run nor load anything."""

ADDITIONS = {
    # The admin's theme evaluates the expressions in its templates, and sets styles in them.
    "/admin/": {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]},
    "/api/": STYLE_ATTRIBUTES,
    "/jobs": STYLE_ATTRIBUTES,
    "/db/": STYLE_ATTRIBUTES,
}
"""What a policy allows beyond `settings.CONTENT_SECURITY_POLICY`, by the start of the path."""


class PolicyMiddleware(CSPMiddleware):
    """Sends `settings.CONTENT_SECURITY_POLICY` with the `ADDITIONS` of the path."""

    def get_policy_parts(
        self, request: Any, response: Any, report_only: bool = False
    ) -> PolicyParts:
        """The policy for one answer."""
        parts = super().get_policy_parts(request, response, report_only)
        for start, additions in ADDITIONS.items():
            if parts.update is None and request.path_info.startswith(start):
                parts.update = additions
        return parts
