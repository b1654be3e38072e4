// Copies the libraries out of node_modules into ../Web/lib, as modules that a browser loads without a bundler: imports by name become
// imports by path, source maps are left out. Run it after 'npm ci' in this folder: 'npm run copy'. '--check' only compares, and fails where a copy differs.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const from = (...path) => readFileSync(join(here, 'node_modules', ...path), 'utf8');
const version = name => JSON.parse(from(...name.split('/'), 'package.json')).version;
const paths = { preact: './preact.js', 'preact/hooks': './hooks.js', '@preact/signals-core': './signals-core.js' };

const asModule = text => text
  .replace(/\/\/# sourceMappingURL=.*\s*$/, '')
  .replace(/from\s*"([^"]+)"/g, (all, name) => paths[name] ? `from"${paths[name]}"` : all);

const copies = {
  'preact.js': ['preact', () => asModule(from('preact', 'dist', 'preact.mjs'))],
  'hooks.js': ['preact', () => asModule(from('preact', 'hooks', 'dist', 'hooks.mjs'))],
  'htm.js': ['htm', () => asModule(from('htm', 'dist', 'htm.module.js'))],
  'signals-core.js': ['@preact/signals-core', () => asModule(from('@preact', 'signals-core', 'dist', 'signals-core.mjs'))],
  'signals.js': ['@preact/signals', () => asModule(from('@preact', 'signals', 'dist', 'signals.mjs'))],
  'uplot.js': ['uplot', () => asModule(from('uplot', 'dist', 'uPlot.iife.min.js')).trimEnd() + '\nexport default uPlot;\n'],
  'uplot.css': ['uplot', () => from('uplot', 'dist', 'uPlot.min.css')],
  'qrcode.js': ['qrcode-generator', () => asModule(from('qrcode-generator', 'dist', 'qrcode.mjs'))],
};

const target = join(here, '..', 'Web', 'lib');
const check = process.argv.includes('--check');
const differing = [];
mkdirSync(target, { recursive: true });
for (const [file, [name, make]] of Object.entries(copies)) {
  const text = `/* ${name} ${version(name)}, MIT licence: see THIRD-PARTY.txt */\n${make().trim()}\n`;
  if (check) {
    let now = '';
    try { now = readFileSync(join(target, file), 'utf8'); } catch { /* a missing copy differs */ }
    if (now !== text) differing.push(file);
  } else {
    writeFileSync(join(target, file), text);
  }
}

const licences = ['preact', 'htm', '@preact/signals', 'uplot']
  .map(name => `${name} ${version(name)}\n\n${from(...name.split('/'), 'LICENSE').trim()}\n`)
  .concat(`qrcode-generator ${version('qrcode-generator')}\n\nCopyright (c) 2009 Kazuhiko Arase, MIT licence (http://www.opensource.org/licenses/mit-license.php)\n`)
  .join('\n----\n\n');
if (check) {
  const extra = readdirSync(target).filter(f => f !== 'THIRD-PARTY.txt' && !copies[f]);
  if (extra.length) differing.push(...extra.map(f => `${f} (not made here)`));
  if (differing.length) {
    console.error(`Differ from node_modules: ${differing.join(', ')}. Run 'npm run copy' in src/Siro.Gateway/OperatorConsole/Libraries and commit.`);
    process.exit(1);
  }
  console.log('The copies are those of the lock file.');
} else {
  writeFileSync(join(target, 'THIRD-PARTY.txt'), licences);
}
