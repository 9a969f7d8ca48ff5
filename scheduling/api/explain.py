"""Why a job is not running, and when it will."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from scheduling.explaining.answer import Explanation
from scheduling.explaining.explain import explain


class ExplainJob(ApiView):
    """Why a job waits and when it will start; when it ends; or where its time went."""

    @extend_schema(operation_id="jobs_explain", responses={200: Explanation, **problems(404)})
    def get(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002
        """Why a job waits, when it will start or end, or where its time went.

        What it says of a job that waits comes from the same function that the dispatcher places
        jobs by, asked at the same moment: the blockers in the order in which they count, the
        expected start, and what would bring it forward.
        """
        return Response(explain(job_id).model_dump())
