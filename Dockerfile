# One image for every process of ours; docker-compose.yml says which command each runs.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/telehealth
# First what changes least, so that a change of ours is a small layer.
COPY requirements.lock ./
RUN /opt/telehealth/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY package.json package-lock.json .npmrc ./
COPY tools/build_frontend.py tools/node.lock tools/
RUN mkdir -p dashboards/static tests && python tools/build_frontend.py
COPY . .
RUN /opt/telehealth/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/telehealth /opt/telehealth
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin telehealth
ENV PATH=/opt/telehealth/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TELEHEALTH_DATA=/tmp/telehealth
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["telehealth"]
