"""The few icons of the pages: what is inside of a 24 by 24 SVG, drawn with lines."""

from __future__ import annotations

ICONS = {
    "overview": '<path d="M3 3v18h18"/><path d="M7 15l4-5 4 3 5-7"/>',
    "jobs": '<path d="M8 6h13M8 12h13M8 18h13"/><path d="M3.5 6h.01M3.5 12h.01M3.5 18h.01"/>',
    "tasks": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "executors": '<rect x="3" y="4" width="18" height="7" rx="1.5"/>'
    '<rect x="3" y="13" width="18" height="7" rx="1.5"/><path d="M7 7.500h.01M7 16.500h.01"/>',
    "timeline": '<path d="M4 6h9M9 12h11M6 18h8"/>',
    "submit": '<path d="M12 5v14M5 12h14"/>',
    "admin": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-4.5 4-6.5 8-6.500s7 2 8 6.5"/>',
    "api": '<path d="M8 7l-5 5 5 5M16 7l5 5-5 5"/>',
    "flower": '<circle cx="12" cy="9" r="2.5"/><path d="M12 11.500V21M12 17c2-2.5 4-3 6-3"/>'
    '<path d="M12 6.500c-3-5 3-5 0 0M9.6 9.600c-5 2.5-5-3.5 0-1M14.4 9.600c5 2.5 5-3.5 0-1"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "logout": '<path d="M10 4H5v16h5M15 8l4 4-4 4M19 12H9"/>',
    "help": '<circle cx="12" cy="12" r="9"/><path d="M9.5 9.500a2.5 2.5 0 1 1 3.5 2.5'
    'c-.8.4-1 .9-1 1.800M12 17h.01"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l5 5"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
    "previous": '<path d="M15 5l-7 7 7 7"/>',
    "up": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "retry": '<path d="M4 5v5h5"/><path d="M4.5 10a8 8 0 1 1-.5 4"/>',
    "pause": '<path d="M8 5v14M16 5v14"/>',
    "play": '<path d="M7 4.500v15l12-7.500z"/>',
    "edit": '<path d="M4 20l1-4L16 5l3 3L8 19z"/>',
    "copy": '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V4H4v12h4"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.700l-1 1"/>'
    '<path d="M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.700l1-1"/>',
    "download": '<path d="M12 4v11M7 11l5 5 5-5M5 20h14"/>',
    "warning": '<path d="M12 4l9 16H3zM12 10v4M12 17h.01"/>',
    "ok": '<path d="M5 12.500l4.5 4.500L19 7.5"/>',
}
"""The drawings by name."""
