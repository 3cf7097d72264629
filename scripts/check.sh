#!/usr/bin/env bash
# npm run check: types, format, lint, architecture and the pure rooms, in under a minute and without any service.
set -euo pipefail
cd "$(dirname "$0")/.."
npx tsc
npx biome check --error-on-warnings .
npx oxlint --quiet &
lint=$!
npx ava 'test/architecture/**' 'test/core/base.test.ts' 'test/core/groups/**' 'test/core/metadata/**' 'test/core/pure-machine*'
wait "$lint"
