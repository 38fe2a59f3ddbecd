# The bot in a container: `docker build -t footnote .` (see docs/operating.md, "Install").
# For OCR of scans: --build-arg OCR="tesseract-ocr tesseract-ocr-deu" (about 100 MB more).

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/footnote
COPY requirements.lock ./
RUN /opt/footnote/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY prompts prompts
COPY bot bot
RUN /opt/footnote/bin/pip install --no-cache-dir --no-deps . \
 && /opt/footnote/bin/pip uninstall --yes pip

FROM python:3.13-slim
ARG OCR=""
# Debian keeps no old versions to pin, and OCR is a list of packages.
# hadolint ignore=DL3008,SC2086
RUN if [ -n "$OCR" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $OCR \
      && rm -rf /var/lib/apt/lists/*; \
    fi \
 && groupadd --system --gid 10001 footnote \
 && useradd --system --uid 10001 --gid footnote --home-dir /data --no-create-home footnote \
 && install --directory --owner footnote --group footnote --mode 0700 /data /backups
COPY --from=build /opt/footnote /opt/footnote
ENV PATH=/opt/footnote/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    METRICS_PORT=9464
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/backups"]
# Alive, not ready: a container that waits for Discord to come back must not be restarted.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["footnote"]
CMD ["run"]
