# The gateway alone, for real WeChat: settings as in .env.example. `npm run image:rehearse` replays this file without Docker.
# The base by version and digest, so that a build next year starts from the same bytes; raise both together.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
ENV NODE_ENV=production HOST=0.0.0.0 PORT=36012
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/tools/node-version.cjs ./tools/
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/libs/web-auth/widgets ./libs/web-auth/widgets
COPY --from=build /app/libs/qr-login/pages ./libs/qr-login/pages
COPY --from=build /app/libs/platform/pages ./libs/platform/pages
USER node
EXPOSE 36012
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node itself, not npm: npm does not pass SIGTERM on.
CMD ["node", "--enable-source-maps", "dist/apps/gateway/src/main.js"]
