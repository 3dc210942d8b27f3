# syntax=docker/dockerfile:1
# Three stages: the API's description and the Python packages, the page built from that description, and what runs.

FROM python:3.13-slim-bookworm AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock ./
RUN /app/.venv/bin/pip install --require-hashes -r requirements.lock
COPY . .
RUN /app/.venv/bin/python -m blueprints.openapi > frontend/openapi.json

FROM node:22-bookworm-slim AS page
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
COPY --from=python /app/frontend/openapi.json ./
RUN npm run types && npm run build

FROM python:3.13-slim-bookworm
# A font that shows Chinese in charts drawn on the server; any version of it does.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin fieldroom \
    && install -d -o fieldroom -g fieldroom -m 0700 /data
WORKDIR /app
COPY --from=python /app/.venv ./.venv
COPY . .
COPY --from=page /app/frontend/dist ./frontend/dist
ENV FLASK_ENV=production HOST=0.0.0.0 PORT=5000 DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/app/.venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["/app/.venv/bin/python", "app.py"]
