# syntax=docker/dockerfile:1
# Build:      docker build -t siro-gateway .
# Platforms:  docker buildx build --platform linux/amd64,linux/arm64 -t siro-gateway .   (compiles on the builder's own processor for each)
# Its SBOM:   /app/bom.json in the image (CycloneDX): docker cp "$(docker create siro-gateway)":/app/bom.json .
# The base images are named by tag: rebuild to take their fixes.

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source

# What decides the packages comes first, so that a change of code does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/Siro.Gateway/Siro.Gateway.csproj src/Siro.Gateway/
RUN dotnet restore src/Siro.Gateway -a $TARGETARCH -p:PublishReadyToRun=true

COPY .editorconfig gateway.json gateway.schema.json ./
COPY src/BannedSymbols.txt src/
COPY src/Siro.Gateway src/Siro.Gateway
RUN dotnet publish src/Siro.Gateway -c Release -a $TARGETARCH --no-restore --self-contained false \
      -p:PublishReadyToRun=true -p:DebugType=none -p:GenerateDocumentationFile=true -o /app \
    && ln -s Siro.Gateway /app/siro-gateway \
    && mkdir -p /spool

# What the image is made of, as CycloneDX: every package with its version, license and hash.
COPY .config .config/
RUN dotnet tool restore && dotnet CycloneDX src/Siro.Gateway/Siro.Gateway.csproj --disable-package-restore --exclude-dev --output-format Json --output /app --filename bom.json

# No shell, no package manager, not root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=$APP_UID:$APP_UID /spool /var/lib/siro-gateway/spool
ENV PATH="/app:$PATH" \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_EnableDiagnostics=0 \
    Uploads__SpoolDirectory=/var/lib/siro-gateway/spool \
    TMPDIR=/var/lib/siro-gateway/spool
VOLUME /var/lib/siro-gateway/spool
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/app/siro-gateway", "health"]
ENTRYPOINT ["/app/siro-gateway"]
