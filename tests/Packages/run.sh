#!/usr/bin/env bash
# Packs both packages into a local feed, publishes the application that uses them (trimmed native code; with TRIMMED=true trimmed IL, where no
# linker is installed), and runs it under Aspire by their tests. Needs the .NET SDK, a C compiler as linker, and a Redis or none (then Garnet).
set -euo pipefail
cd "$(dirname "$0")"
artifacts=$(cd ../.. && pwd)/artifacts
configuration=${CONFIGURATION:-Release}

# A feed and a packages folder of their own: a package of the same version that was restored before would win over the one packed now.
rm -rf "$artifacts/packages"
export NUGET_PACKAGES_USER=${NUGET_PACKAGES:-$HOME/.nuget/packages}
export NUGET_PACKAGES=$artifacts/restored
rm -rf "$NUGET_PACKAGES"/siro.gateway.*

echo "== pack"
NUGET_PACKAGES=$NUGET_PACKAGES_USER dotnet pack ../../src/Siro.Gateway.Client -c "$configuration" -o "$artifacts/packages" -nologo -v q
NUGET_PACKAGES=$NUGET_PACKAGES_USER dotnet pack ../../src/Siro.Gateway.Hosting -c "$configuration" -o "$artifacts/packages" -nologo -v q
ls -l "$artifacts/packages"

echo "== publish the application"
linker=()
command -v clang >/dev/null || linker=(-p:CppCompilerAndLinker=gcc)
dotnet publish Application -c Release -r "$(dotnet --info | sed -n 's/^ *RID: *//p' | head -1)" -o "$artifacts/packed-application" -nologo -v q \
  "-p:Trimmed=${TRIMMED:-false}" "${linker[@]}" "-p:RestoreFallbackFolders=$NUGET_PACKAGES_USER"
ls -l "$artifacts/packed-application/PackedApplication"

echo "== test"
export PACKED_APPLICATION=$artifacts/packed-application/PackedApplication
dotnet test Tests --nologo "-p:RestoreFallbackFolders=$NUGET_PACKAGES_USER"
