import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MONITORING } from '../support/monitoring';
import { type Installation, install, PLATFORMS } from '../support/packages';

for (const platform of PLATFORMS) {
  describe(`npx @vango/opentelemetry monitoring, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let folder: string;

    before(() => {
      installation = install(platform);
      folder = mkdtempSync(join(installation.folder, 'monitoring-'));
    });
    after(() => folder !== undefined && rmSync(folder, { recursive: true }));

    const filesIn = (path: string): Record<string, string> =>
      Object.fromEntries(
        readdirSync(path).map(name => [name, readFileSync(join(path, name), 'utf8')]),
      );

    it('writes the files that the package has for the defaults', () => {
      const args = ['--offline', '@vango/opentelemetry', 'monitoring', '--out', folder];
      execFileSync('npx', args, { cwd: installation.folder, encoding: 'utf8' });
      expect(filesIn(folder)).to.deep.equal(filesIn(MONITORING));
      const packed = join(installation.folder, 'node_modules/@vango/opentelemetry/monitoring');
      expect(filesIn(packed)).to.deep.equal(filesIn(MONITORING));
    });

    for (const args of [[], ['dashboard'], ['monitoring', '--outt', 'x']]) {
      it(`says what to do after "${args.join(' ')}"`, () => {
        const main = join(installation.folder, 'node_modules/.bin/vango-opentelemetry');
        const { status, stderr } = spawnSync(installation.node, [main, ...args], {
          encoding: 'utf8',
        });
        expect(status).to.equal(1);
        expect(stderr).to.match(/monitoring --help|give --out, --namespace/);
      });
    }
  });
}
