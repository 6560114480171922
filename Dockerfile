# Evenkeel without what only training needs. Build: `docker build -t evenkeel .`; compose.yaml runs it.

FROM python:3.13-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/evenkeel
COPY Makefile requirements-run.txt requirements-npm.txt package.json package-lock.json ./
COPY tools tools
COPY webapp webapp
RUN make setup SLIM=1 && rm -rf node_modules .node
COPY . .
RUN .venv/bin/python -m compileall -q webapp

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --groups video --home-dir /data --shell /usr/sbin/nologin evenkeel \
    && install -d -m 700 -o evenkeel /data
WORKDIR /opt/evenkeel
COPY --from=build /opt/evenkeel /opt/evenkeel
ENV PATH=/opt/evenkeel/.venv/bin:$PATH INSTANCE_DIR=/data PYTHONDONTWRITEBYTECODE=1
USER evenkeel
VOLUME /data
EXPOSE 5000
# Alone, HOST stays loopback: put a proxy beside it, as compose.yaml does, or set HOST and a certificate.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "tools.healthcheck"]
CMD ["sh", "-c", "python -m webapp db upgrade && exec gunicorn -c python:webapp.gunicorn_conf wsgi:app"]
