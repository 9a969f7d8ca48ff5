"""The live stream of the pages: what changed, once a second, for all pages that are open.

A page asks for topics. A topic's data is one flat dict; a stream begins with the whole of it, and
goes on with what was set and what is gone. All that watch a topic are sent the same bytes.
"""

from dashboard.live.app import LiveStreams, wants_stream

__all__ = ["LiveStreams", "wants_stream"]
