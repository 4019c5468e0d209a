# One image for every role: docker run bitql COMMAND (see bitql --help). It runs as any user and writes only to /data and /tmp.

# Debian 12 and the Node of the tests: a test compares this with package-lock.json. The tag of an exact version is not
# moved to other releases of Node, but it is to updates of Debian. To fix those too, give the digest of the day:
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim
#   docker build --build-arg BASE=node:24.21.0-bookworm-slim@sha256:...
ARG NODE_VERSION=24.21.0
ARG BASE=docker.io/library/node:${NODE_VERSION}-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No package script runs: ZeroMQ comes compiled. For your own registry: --secret id=npmrc,src=$HOME/.npmrc
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN node scripts/assets.ts && node scripts/build.ts && node scripts/image-packages.ts \
    && npm prune --omit=dev --ignore-scripts

FROM ${BASE}
LABEL org.opencontainers.image.title="BitQL" \
      org.opencontainers.image.description="Ask a Bitcoin chain (BTC, BCH, BSV) questions in GraphQL." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /src/package.json /src/LICENSE /app/
COPY --from=build /src/node_modules /app/node_modules
COPY --from=build /src/schema /app/schema
COPY --from=build /src/assets /app/assets
COPY --from=build /src/bin /app/bin
COPY --from=build /src/dist /app/dist
RUN ln -s /app/bin/bitql.js /usr/local/bin/bitql && install -d -o 10001 -g 10001 /data
# Others reach a container only by its address. bitcoind's cookie is looked for in ~.
ENV BITQL_HOST=0.0.0.0 HOME=/data NODE_ENV=production
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 4000 9464
# Node is process 1: bitql replaces this process, and handles SIGTERM.
ENTRYPOINT ["bitql"]
CMD ["--help"]
