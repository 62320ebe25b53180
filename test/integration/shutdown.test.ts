import { join } from 'node:path';
import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';

const FIXTURE = join(__dirname, '../fixtures/flushing.ts');

describe('flushAtExit()', () => {
  afterEach(stopChildren);

  async function start(...options: string[]): Promise<Child> {
    const child = new Child(process.execPath, ['--require', 'tsx/cjs', FIXTURE, ...options]);
    await child.until(/ready/);
    return child;
  }
  const steps = ({ output }: Child): string[] => output.trim().split('\n').slice(1);

  it('shuts down before a signal ends the process', async () => {
    const child = await start();
    child.signal('SIGTERM');
    expect(await child.exit()).to.deep.equal({ code: null, signal: 'SIGTERM' });
    expect(steps(child)).to.deep.equal(['shutdown']);
  });

  it('flushes before a handler of the application', async () => {
    const child = await start('handles');
    child.signal('SIGTERM');
    expect(await child.exit()).to.deep.equal({ code: 3, signal: null });
    expect(steps(child).slice(0, 2)).to.deep.equal(['flush', 'handler']);
  });

  it('lets a second signal end a shutdown that hangs', async () => {
    const child = await start('hangs');
    child.signal('SIGINT');
    await child.until(/shutdown/);
    child.signal('SIGINT');
    expect(await child.exit(2000)).to.deep.equal({ code: null, signal: 'SIGINT' });
  });

  it('shuts down when the process has nothing left to do', async () => {
    const child = await start('ends');
    expect(await child.exit()).to.deep.equal({ code: 0, signal: null });
    expect(steps(child)).to.deep.equal(['shutdown']);
  });
});
