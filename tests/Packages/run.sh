#!/usr/bin/env bash
# Packs both packages into a local feed, publishes the application that uses them (trimmed native code; trimmed IL where no linker is
# installed), and runs it under Aspire by their tests. Needs the .NET SDK; a C compiler for native code; a Redis or none (then Garnet).
set -euo pipefail
cd "$(dirname "$0")"
artifacts=$(cd ../.. && pwd)/artifacts
users=${NUGET_PACKAGES:-$HOME/.nuget/packages}

# A version that no other run packed: a package of the same version in any folder of this machine would win over the one packed now.
export PackedVersion=0.1.0-run.$(date -u +%Y%m%d%H%M%S)

echo "== pack $PackedVersion"
rm -rf "$artifacts/packages" "$artifacts/packed-application"
for package in Client Hosting; do
  dotnet pack "../../src/Siro.Gateway.$package" -c Release -o "$artifacts/packages" -nologo -v q -p:ContinuousIntegrationBuild=true \
    "-p:Version=$PackedVersion"
done
ls -l "$artifacts/packages"

# Restored into a folder of its own, which the next run empties: no run's packages stay in the user's.
export NUGET_PACKAGES=$artifacts/restored
rm -rf "$NUGET_PACKAGES"/siro.gateway.*

echo "== publish the application"
how=()
if command -v clang >/dev/null; then :
elif command -v gcc >/dev/null; then how=(-p:CppCompilerAndLinker=gcc)
else how=(-p:Trimmed=true); echo "No C compiler is installed: trimmed IL instead of native code."
fi
dotnet publish Application -c Release --use-current-runtime -o "$artifacts/packed-application" -nologo -v q \
  ${how[@]+"${how[@]}"} "-p:RestoreFallbackFolders=$users"
ls -l "$artifacts/packed-application/PackedApplication"

echo "== test"
export PACKED_FEED=$artifacts/packages PACKED_APPLICATION=$artifacts/packed-application/PackedApplication
dotnet test Tests --nologo "-p:RestoreFallbackFolders=$users"
