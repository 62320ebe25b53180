// Compares the public types of packages with the reports in their folder api/, one for each entry
// point of "exports", or writes these reports anew: node scripts/api.mjs [--write] FOLDER...
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});

for (const folder of positionals.map(name => resolve(name)))
  for (const [entry, types] of entryPoints(folder))
    if (!report(folder, types, reportName(entry))) process.exitCode = 1;
if (process.exitCode)
  console.error('The public types differ from api/: run "npm run api" if they should.');

/** Entry points and their declarations; where two share these, the first. */
function entryPoints(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).map(([entry, { types }]) => [entry, types]);
  return entries.filter(
    ([, types], index) =>
      types !== undefined && index === entries.findIndex(other => other[1] === types),
  );
}

/** `index` for `.`, `prometheus` for `./prometheus`. */
function reportName(entry) {
  return entry === '.' ? 'index' : entry.slice('./'.length);
}

/** Whether the report is right, or has been written. */
function report(folder, types, name) {
  if (!existsSync(join(folder, types)))
    throw new Error(`${join(folder, types)} is missing: run "npm run build"`);
  mkdirSync(join(folder, 'api'), { recursive: true });
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: join(folder, 'api'),
        reportTempFolder: join(folder, 'build/api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        // A public type that names one which is not exported.
        extractorMessageReporting: {
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
        },
      },
    },
    packageJsonFullPath: join(folder, 'package.json'),
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: values.write,
    printApiReportDiff: true,
    messageCallback: message => {
      message.handled = true;
      if (message.messageId === 'console-api-report-diff') console.error(message.text);
    },
  });
  return values.write || !apiReportChanged;
}
