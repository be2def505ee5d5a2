# The gateway alone, on whichever database the environment names. `docker build -t lakegate .`
FROM python:3.11.14-slim-bookworm

# Who runs it has a number, by which Kubernetes sees that it is not root. Files, where the gateway keeps
# any, are in /data.
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin lakegate \
    && install --directory --owner lakegate /data

WORKDIR /app

# What production needs and nothing else; this layer is made anew only when it changes.
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --requirement requirements.txt

COPY wsgi.py gunicorn.conf.py ./
COPY backends/ backends/
COPY gateway/ gateway/
COPY migrations/ migrations/

ENV PYTHONUNBUFFERED=1 \
    PORT=8000 \
    GATEWAY_SQLITE_DIR=/data \
    GATEWAY_REJECTS_DIR=/data/rejects

USER 10001
EXPOSE 8000

# It lives: whether its database answers is /api/health/ready's to tell.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/api/health/live', timeout=4)"]

# gunicorn itself is the container's first process: it hears SIGTERM, and has 11 seconds to end what it serves.
STOPSIGNAL SIGTERM
CMD ["gunicorn", "wsgi:app"]
