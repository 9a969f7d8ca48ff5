"""The Content-Security-Policy header: strict everywhere, a little less so in the admin."""

from __future__ import annotations

from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts

ADMIN_NEEDS = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
"""The admin's theme evaluates the expressions in its templates, and sets styles in them."""


class PolicyMiddleware(CSPMiddleware):
    """Sends `settings.CONTENT_SECURITY_POLICY`, with the admin's additions below /admin/."""

    def get_policy_parts(
        self, request: Any, response: Any, report_only: bool = False
    ) -> PolicyParts:
        """The policy for one answer."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/") and parts.update is None:
            parts.update = ADMIN_NEEDS
        return parts
