// Bundles the page of the live view into one file, and its policy into another export:
// src/live/generated/page.ts.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const script = bundle('live/main.ts');
const style = bundle('live/style.css');
// esbuild keeps no licence of what it bundles.
const license = readFileSync('node_modules/uplot/LICENSE', 'utf8').trim();

const html = readFileSync('live/page.html', 'utf8')
  .replace(
    '<!-- license -->',
    () => `<!--\nThis page contains uPlot under this licence:\n\n${license}\n-->`,
  )
  .replace('<style></style>', () => `<style>${style}</style>`)
  .replace('<script></script>', () => `<script>${script}</script>`);

const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

mkdirSync('src/live/generated', { recursive: true });
writeFileSync(
  'src/live/generated/page.ts',
  [
    '// Written by scripts/livePage.mjs.\n',
    '/** The page of the live view, with its script and its style. */',
    `export const PAGE_HTML: string = ${JSON.stringify(html)};`,
    '/** Allows that script, that style, and a stream of this server. */',
    `export const PAGE_POLICY: string = ${JSON.stringify(policy)};\n`,
  ].join('\n'),
);

function bundle(entryPoint) {
  const { outputFiles } = buildSync({
    entryPoints: [entryPoint],
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    outdir: 'out',
  });
  const text = outputFiles[0].text.trim();
  if (/<\/(script|style)/i.test(text)) throw new Error(`${entryPoint} would end its element`);
  return text;
}

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
