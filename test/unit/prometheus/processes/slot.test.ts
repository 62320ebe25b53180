import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openFolder } from '../../../../src/prometheus/processes/folder';
import { ask } from '../../../../src/prometheus/processes/question';
import { Slot, slotsIn, socketOf } from '../../../../src/prometheus/processes/slot';
import { Child, stopChildren } from '../../../../vango/test/support/child';

const SLOT = join(__dirname, '../../../../src/prometheus/processes/slot.ts');
const OTHERS = 0o077;

async function* echo(question: string): AsyncGenerator<string> {
  yield 'you asked ';
  yield question;
}

/** A process that takes a slot, says which and lives on. */
function taker(folder: string): Child {
  const code =
    `require(${JSON.stringify(SLOT)}).Slot.take(${JSON.stringify(folder)}, async function* () {})` +
    `.then(slot => console.log('slot', slot.number)); setInterval(() => {}, 1000);`;
  return new Child(process.execPath, ['--require', 'tsx/cjs', '--eval', code]);
}

const numberOf = async (child: Child): Promise<number> =>
  Number((await child.until(/slot (\d+)/))[1]);

describe('Slot', function () {
  this.timeout(60_000);
  let folder: string;
  const slots: Slot[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vango-slots-'));
  });
  afterEach(async () => {
    await stopChildren();
    await Promise.all(slots.splice(0).map(slot => slot.leave()));
    rmSync(folder, { recursive: true });
  });

  async function take(): Promise<Slot> {
    const slot = await Slot.take(folder, echo);
    slots.push(slot);
    return slot;
  }

  it('takes the lowest free number, and gives it back', async () => {
    const [first, second, third] = [await take(), await take(), await take()];
    expect([first.number, second.number, third.number]).to.deep.equal([0, 1, 2]);
    expect(slotsIn(folder)).to.deep.equal([0, 1, 2]);
    await second.leave();
    expect(slotsIn(folder)).to.deep.equal([0, 2]);
    expect(second.isHeld).to.equal(false);
    expect((await take()).number).to.equal(1);
  });

  it('answers questions, to its owner only', async () => {
    const slot = await take();
    const path = socketOf(folder, slot.number);
    expect(await ask(path, 'é?', 1000)).to.deep.equal({ isAlive: true, text: 'you asked é?' });
    expect(statSync(path).mode & OTHERS).to.equal(0);
  });

  it('takes over from a process that was killed, however many want to', async () => {
    const dead = taker(folder);
    expect(await numberOf(dead)).to.equal(0);
    await dead.stop();
    expect(slotsIn(folder)).to.deep.equal([0]);
    const takers = Array.from({ length: 4 }, () => taker(folder));
    const taken = await Promise.all([...takers.map(numberOf), take().then(slot => slot.number)]);
    expect(taken.sort()).to.deep.equal([0, 1, 2, 3, 4]);
    for (const slot of slots) expect(slot.isHeld).to.equal(true);
  });

  it('does not take over from a process that hangs', async () => {
    const hanging = taker(folder);
    await numberOf(hanging);
    hanging.signal('SIGSTOP');
    expect((await take()).number).to.equal(1);
  });

  it('passes a number whose socket cannot be removed', async () => {
    mkdirSync(join(folder, '0.sock'));
    expect((await take()).number).to.equal(1);
  });

  it('notices that it lost its socket, and leaves the next one alone', async () => {
    const first = await take();
    rmSync(socketOf(folder, 0));
    expect(first.isHeld).to.equal(false);
    const next = await take();
    expect(next.number).to.equal(0);
    expect(first.isHeld).to.equal(false);
    await first.leave();
    expect(next.isHeld).to.equal(true);
  });

  it('fails where no socket can be opened', async () => {
    const error = await Slot.take(join(folder, 'none'), echo).catch(error => error);
    expect(error.code).to.be.oneOf(['EACCES', 'ENOENT']);
  });
});

describe('ask()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vango-ask-'));
  const path = join(folder, 'x.sock');
  const servers: Array<() => void> = [];

  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => {
    for (const close of servers.splice(0)) close();
  });

  /** Listens with a process that writes this and then ends the connection, or does not. */
  async function answering(text: string, ends: boolean): Promise<void> {
    const server = createServer(socket => {
      socket.on('error', () => {}).write(text);
      if (ends) socket.end();
      servers.push(() => socket.destroy());
    });
    await new Promise<void>(resolve => server.listen(path, resolve));
    servers.push(() => server.close());
  }

  it('tells a dead process from one that is silent', async () => {
    expect(await ask(path, 'x', 1000)).to.deep.equal({ isAlive: false });
    await answering('', false);
    const started = performance.now();
    expect(await ask(path, 'x', 200)).to.deep.equal({ isAlive: true });
    expect(performance.now() - started).to.be.within(150, 1000);
  });

  it('takes whole answers only', async () => {
    await answering('half of it', true);
    expect(await ask(path, 'x', 1000)).to.deep.equal({ isAlive: true });
  });

  it('takes characters that are cut between packets', async () => {
    await answering(`${'é'.repeat(300_001)}\0`, true);
    expect((await ask(path, 'x', 5000)).text).to.equal('é'.repeat(300_001));
  });
});

describe('openFolder()', () => {
  const { TMPDIR } = process.env;
  let parent: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'vango-folder-'));
    process.env.TMPDIR = parent;
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(parent, { recursive: true });
  });

  const opened = (host: string, port = 9464): string => {
    const folder = openFolder(host, port);
    if ('missing' in folder) throw new Error(folder.missing);
    return folder.path;
  };

  it('is one for each user, host and port, and open to its owner only', () => {
    const path = opened('localhost');
    expect(path.startsWith(`${parent}/vango-otel-${process.getuid?.()}-9464-`)).to.equal(true);
    expect(statSync(path).mode & OTHERS).to.equal(0);
    expect(opened('localhost')).to.equal(path);
    const others = [opened('localhost', 9465), opened('::1'), opened('a/../b'.repeat(50))];
    expect(new Set([path, ...others])).to.have.lengthOf(4);
  });

  it('refuses a folder that others can open, or that is none', () => {
    const path = opened('localhost');
    chmodSync(path, 0o750);
    expect(openFolder('localhost', 9464)).to.deep.equal({
      missing: `${path} is open to other users; remove it`,
    });
    rmSync(path, { recursive: true });
    symlinkSync(parent, path);
    expect(openFolder('localhost', 9464)).to.have.property('missing');
  });

  it('refuses a folder of another user', function () {
    if (process.getuid?.() !== 0) return this.skip();
    chownSync(opened('localhost'), 1, 1);
    expect(openFolder('localhost', 9464)).to.have.property('missing');
  });

  it('says why there is none', () => {
    process.env.TMPDIR = join(parent, 'none');
    expect(openFolder('localhost', 9464))
      .to.have.property('missing')
      .that.matches(/ENOENT/);
    process.env.TMPDIR = join(parent, 'x'.repeat(100));
    expect(openFolder('localhost', 9464))
      .to.have.property('missing')
      .that.matches(/too long/);
  });
});
