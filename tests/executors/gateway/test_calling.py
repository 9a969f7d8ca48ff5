"""The caller, with a protocol of the test's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from executors.gateway import limits
from executors.gateway.calling import CANCELS, Caller
from executors.gateway.http import Http
from executors.protocols.contract import Answer, Call, Health, Speaker, Taken, Target

TARGET = Target("1", "group:one", "group", "one", "http://127.0.0.1:1", None, "secret")
CALL = Call(
    TARGET, lease_id="1", execution_id="1", token="1", job_id="1", task_id=None, task_name="t",
    handler="h", mode="parallel", type="external", payload="null", attempt=1, timeout=None,
    callback_url="http://127.0.0.1:1", started_at=0.0,
)  # fmt: skip


class Slow(Speaker):
    """Answers once told to, and speaks of what Postgres can't store."""

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = asyncio.Event()

    async def run(self, call: Call, http: Http) -> Answer:
        return Answer(Taken.FAILED, "a\0b\ud800")

    async def cancel(self, call: Call, http: Http) -> bool:
        self.asked += 1
        await self.go_on.wait()
        return True

    async def check(self, target: Target, http: Http) -> Health:
        return Health(False, "a\0b\ud800")


class Silent(Slow):
    """Never answers a call."""

    async def run(self, call: Call, http: Http) -> Answer:
        self.go_on.set()
        await asyncio.Event().wait()
        raise AssertionError


def test_a_call_that_the_gateway_breaks_off_says_nothing_of_the_executor() -> None:
    async def main() -> Answer:
        speaker = Silent()
        caller = Caller(limits.make_http(), {TARGET.protocol: speaker})
        call = asyncio.create_task(caller.run(CALL))
        await speaker.go_on.wait()
        caller.hang_up()
        return await call

    answer = asyncio.run(main())
    assert (answer.taken, answer.uncertain, answer.unanswered) == (Taken.FAILED, True, False)


def test_one_group_that_does_not_stop_leaves_room_to_stop_what_others_have() -> None:
    other = replace(CALL, target=replace(TARGET, group="other"))

    async def main() -> list[int]:
        speaker = Slow()
        caller = Caller(limits.make_http(), {TARGET.protocol: speaker})
        asked, cancels = [], []
        for call in (CALL, other):
            cancels += [asyncio.create_task(caller.cancel(call)) for _ in range(CANCELS + 50)]
            for _ in range(10):
                await asyncio.sleep(0)
            asked.append(speaker.asked)
        speaker.go_on.set()
        assert all(await asyncio.gather(*cancels))
        return [*asked, speaker.asked]

    first, both, all_ = asyncio.run(main())
    assert CANCELS / 2 < first < both < CANCELS
    assert all_ == 2 * (CANCELS + 50)


def test_what_is_said_of_a_failure_can_be_stored() -> None:
    async def main() -> tuple[str, str]:
        caller = Caller(limits.make_http(), {TARGET.protocol: Slow()})
        return (await caller.run(CALL)).detail, (await caller.check(TARGET)).detail

    assert asyncio.run(main()) == ("a\N{SYMBOL FOR NULL}b?",) * 2


class Echo(Slow):
    """Says what it was sent, over several lines and in colour."""

    async def run(self, call: Call, http: Http) -> Answer:
        return Answer(Taken.FAILED, f"{call.token}\r\nINFO all is well\x1b[31m")


def test_what_an_executor_says_is_one_line_without_the_token() -> None:
    async def main() -> str:
        caller = Caller(limits.make_http(), {TARGET.protocol: Echo()})
        return (await caller.run(replace(CALL, token="the-token-of-the-call"))).detail

    assert asyncio.run(main()) == "… INFO all is well [31m"
