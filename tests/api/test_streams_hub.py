"""What looks for news for all streams goes on looking, whatever a look comes upon."""

from __future__ import annotations

import asyncio

from jobs.api.streams import hub


class Stumbling(hub.Hub[hub.Watch]):
    """The first look of it fails; the others tell everyone."""

    name = "stumbling"
    look_every = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def look(self) -> None:
        self.looks += 1
        if self.looks == 1:
            raise KeyError("unforeseen")
        for watch in self._watches:
            watch.news.set()


def test_a_look_that_fails_is_logged_and_followed_by_the_next(caplog):
    async def work() -> None:
        its = Stumbling()
        with its.watched(hub.Watch()) as watch:
            async with asyncio.timeout(60):
                await watch.news.wait()

    asyncio.run(work())
    assert "unforeseen" in caplog.text
