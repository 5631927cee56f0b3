# Node runs the .ts files of the service itself; only the page is built.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional dependency is the embedded PostgreSQL, which a container does not need: it gets a DATABASE_URL.
RUN npm ci --omit=dev --omit=optional

# Into web/dist/<hash of its contents>, with its compressed copies.
FROM node:24-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY packages packages
COPY web web
RUN node web/build.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 WAYBILL_DATA_DIR=/data
WORKDIR /app
# A new volume takes its owner from the folder on which it is mounted.
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY src src
COPY migrations migrations
COPY --from=page /app/web/dist web/dist
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# docs/operations.md, Limits, explains the memory setting.
ENTRYPOINT ["node", "--max-semi-space-size=32", "src/main.ts"]
CMD ["serve"]
