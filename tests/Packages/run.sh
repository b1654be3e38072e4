#!/usr/bin/env bash
# Packs both packages into a local feed, publishes the application that uses them (trimmed native code; trimmed IL where no linker is
# installed), and runs it under Aspire by their tests. Needs the .NET SDK; a C compiler for native code; a Redis or none (then Garnet).
set -euo pipefail
cd "$(dirname "$0")"
artifacts=$(cd ../.. && pwd)/artifacts
users=${NUGET_PACKAGES:-$HOME/.nuget/packages}

echo "== pack"
rm -rf "$artifacts/packages" "$artifacts/packed-application"
for package in Client Hosting; do
  dotnet pack "../../src/Siro.Gateway.$package" -c Release -o "$artifacts/packages" -nologo -v q -p:ContinuousIntegrationBuild=true
done
ls -l "$artifacts/packages"

# A packages folder of its own: a package of the same version that was restored before would win over the one packed now.
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
