# One image for web, beat and workers. --build-arg TORCH_INDEX=… takes a CPU or CUDA build of torch; see the README.
# --build-arg EXTRAS="otel onnx" adds what requirements-otel.txt and requirements-onnx.txt name.
FROM python:3.12-slim-bookworm

ARG TORCH_INDEX=""
ARG EXTRAS=""
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_OFFLINE=1 LANGSMITH_TRACING=false ORT_DISABLE_TELEMETRY=1 \
    TOKENIZERS_PARALLELISM=false OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=1000 \
    VAR_DIR=/data MODELS_DIR=/models HOME=/tmp

RUN useradd --create-home --uid 1000 salesconv \
    && mkdir -p /data /models /app && chown salesconv /data /models /app
WORKDIR /app

# Packages are those of the lock, by hash. A build of torch from elsewhere has no hash there: its index is believed.
COPY requirements.lock requirements-torch.lock ./
RUN if [ -n "$TORCH_INDEX" ]; then \
        pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" "$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements-torch.lock)"; \
    else pip install --no-cache-dir --no-deps --require-hashes -r requirements-torch.lock; fi \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

# Their versions are pinned, without hashes; nothing of the lock is changed for them.
COPY requirements-otel.txt requirements-onnx.txt ./
RUN pip freeze > /tmp/locked && for extra in $EXTRAS; do \
        pip install --no-cache-dir --constraint /tmp/locked -r "requirements-$extra.txt" || exit 1; done

COPY --chown=salesconv . .
USER salesconv
ENV STATIC_ROOT=/app/staticfiles WHITENOISE_USE_FINDERS=false
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --noinput --verbosity 0
VOLUME ["/data", "/models"]
EXPOSE 8000
CMD ["granian", "--interface", "asginl", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers-kill-timeout", "5", "salesconv.asgi:application"]
