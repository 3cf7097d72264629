// Bundles what package.json exports into dist/lib: a module costs a millisecond to find and open, and there are hundreds of them. What several entries
// share lies in chunks, so that a class is the same one whichever entry it came from. Dependencies stay outside and are loaded when first imported.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const outdir = 'dist/lib';
const { bin, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const targets = [
  ...Object.values(bin),
  ...Object.values(exports).map(each => (typeof each === 'string' ? each : each.default)),
];

/** `./dist/lib/core/index.js` is made of `core/index.ts`; one `*` stands for a folder. */
function sourcesOf(target: string): string[] {
  const source = target.replace(`./${outdir}/`, '').replace(/\.js$/, '.ts');
  const [before, after] = source.split('*');
  if (after === undefined) return [source];
  return readdirSync(before!).map(folder => `${before}${folder}${after}`);
}

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: targets.filter(target => target.startsWith(`./${outdir}/`)).flatMap(sourcesOf),
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  // Names of errors and in profiles are those of the source.
  keepNames: true,
  logLevel: 'warning',
});
