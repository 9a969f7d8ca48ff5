"""Looks for what is new in the logs that are followed: one query for all streams of the process."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from executors.logs import reading
from jobs.api.streams import hub
from jobs.states import JobState

logger = logging.getLogger("celeriac.logs")


@dataclass(eq=False)
class Watch(hub.Watch):
    """One stream's interest in a job."""

    job_id: str
    _seen: object = field(default_factory=object)

    def tell(self, standing: tuple[JobState, int] | None) -> None:
        """Sets `news` if the job stands elsewhere than at the last look; None: it is gone."""
        if standing != self._seen:
            self._seen = standing
            self.news.set()

    def forget(self) -> None:
        """Makes the next look that succeeds news."""
        self._seen = object()


class Hub(hub.Hub[Watch]):
    """Sees how far the followed logs have come."""

    name = "logs"
    look_every = 0.25

    def watching(self, job_id: str) -> AbstractContextManager[Watch]:
        """A watch on the job while the block lasts."""
        return self.watched(Watch(job_id))

    async def look(self) -> None:
        """One query for all jobs whose logs are followed."""
        job_ids = {watch.job_id for watch in self._watches}
        try:
            standings = await self.ask(lambda: reading.standings(job_ids))
        except Exception as error:  # all streams depend on this look
            logger.warning("Logs can't be followed at the moment: %s", error)
            return
        for watch in self._watches:
            watch.tell(standings.get(watch.job_id))
