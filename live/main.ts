import type { Frame } from '../src/live/wire';
import { h, setAttribute, setText } from './dom';
import { Processes } from './processes';
import type { View } from './view';
import { failuresView } from './views/failures';
import { OverviewView } from './views/overview';
import { SessionView } from './views/session';
import { SessionsView } from './views/sessions';
import { slowView } from './views/slow';
import { TelemetryView } from './views/telemetry';

interface Shown {
  readonly make: () => View<unknown>;
  readonly title?: string;
  readonly start: string;
}

/** The views, and the title and the address of those that the navigation has. */
const VIEWS: Readonly<Record<string, Shown>> = {
  overview: { make: () => new OverviewView(), title: 'Overview', start: 'overview/minute' },
  sessions: { make: () => new SessionsView(), title: 'Sessions', start: 'sessions/memory' },
  session: { make: () => new SessionView(), start: 'session' },
  failures: { make: failuresView, title: 'Failures', start: 'failures' },
  slow: { make: slowView, title: 'Slow', start: 'slow' },
  telemetry: { make: () => new TelemetryView(), title: 'Telemetry', start: 'telemetry' },
};
const FIRST = 'overview/minute';
/** Milliseconds until a stream that was refused is asked for again. */
const RETRY = 3000;

const main = document.getElementById('main') as HTMLElement;
const nav = document.getElementById('nav') as HTMLElement;
const state = document.getElementById('state') as HTMLElement;
const processes = new Processes(document.getElementById('processes') as HTMLElement, show);

let kind = '';
let view: View<unknown> | undefined;
let stream: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let last: Frame<unknown> | undefined;

/** Shows what the address says: its fragment is the topic that the server is asked for. */
function open(): void {
  const topic = location.hash.slice(1) || FIRST;
  const [name = '', ...rest] = topic.split('/');
  const found = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (found === undefined) {
    location.replace(`#${FIRST}`);
    return;
  }
  if (name !== kind) {
    view?.close?.();
    view = found.make();
    main.replaceChildren(view.element);
    kind = name;
    document.title = `${found.title ?? 'Session'} – Vango live view`;
  }
  view?.open?.(rest);
  for (const link of nav.children) {
    const isCurrent = link.getAttribute('data-kind') === (name === 'session' ? 'sessions' : name);
    setAttribute(link as HTMLElement, 'aria-current', isCurrent ? 'page' : undefined);
  }
  listen(topic);
}

function listen(topic: string): void {
  clearTimeout(retry);
  stream?.close();
  last = undefined;
  const source = new EventSource(`/live?topic=${encodeURIComponent(topic)}`);
  stream = source;
  source.addEventListener('message', event => {
    const frame: Frame<unknown> = JSON.parse(event.data);
    last = frame;
    tell('live');
    processes.note(frame.processes);
    show();
  });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) {
      tell('reconnecting …');
      return;
    }
    tell('refused: open the address that the process wrote when it started');
    retry = setTimeout(() => listen(topic), RETRY);
  });
}

function show(): void {
  if (last === undefined) return;
  const answers = processes.choose(last.processes);
  view?.show(answers.flatMap(({ data }) => (data === undefined ? [] : [data])));
}

function tell(text: string): void {
  setText(state, text);
  state.dataset.state = text === 'live' ? 'live' : 'away';
}

for (const [name, { title, start }] of Object.entries(VIEWS))
  if (title !== undefined) nav.append(h('a', { href: `#${start}`, 'data-kind': name }, title));
// The fragment of the address is taken: it says which view is shown.
document.querySelector('.skip')?.addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', open);
open();
