import type { Slow, SlowRow } from '../../src/live/wire';
import { type Child, h } from '../dom';
import { clock, milliseconds } from '../format';
import { code, facts, note, sessionLink } from '../layout';
import { lengthOf, stageBar, stageLegend } from '../stages';
import { waterfall } from '../waterfall';
import { ChosenListView } from './chosenList';

/** The last slow events, and one of them as a waterfall. */
export function slowView(): ChosenListView<SlowRow, Slow> {
  return new ChosenListView({
    topic: 'slow',
    title: 'Slow events',
    note: 'the last 100 that took 100 ms or more, all that they started included',
    empty:
      'No event has taken 100 ms or more since somebody opened this page. One that does appears ' +
      'here, with where its time went.',
    hint: 'Choose an event to see where its time went.',
    versionOf,
    row: event => [
      h(
        'span',
        { class: 'title' },
        h('b', {}, event.name),
        ' ',
        code(event.handler ?? ''),
        h('span', { class: 'number' }, milliseconds(event.milliseconds)),
      ),
      h('span', { class: 'more' }, `${clock(event.at)} on `, code(event.route)),
      ...errorOf(event),
    ],
    detail: detailOf,
  });
}

/** Work that an event started ends after it, and its browser answers later. */
function versionOf(event: SlowRow & Partial<Slow>): string {
  return [event.milliseconds, event.spans?.length, event.stages?.perceived].join(' ');
}

function errorOf({ error }: SlowRow): Child[] {
  return error === undefined ? [] : [h('span', { class: 'more failed' }, `failed: ${error}`)];
}

function detailOf(event: Slow): Child[] {
  const { name, handler, stages, spans, trace, session, route, milliseconds: whole } = event;
  const length = lengthOf(stages);
  return [
    h('h2', {}, `${name} `, code(handler ?? ''), ` took ${milliseconds(whole)}`),
    ...errorOf(event),
    facts([
      ['Time', clock(event.at)],
      ['Route', route],
      ['Session', session === undefined ? undefined : sessionLink(session)],
      ['Trace', trace === undefined ? undefined : code(trace)],
    ]),
    h('h3', {}, `The event itself: ${milliseconds(length)}`),
    stageBar(stages, Math.max(1, length)),
    stageLegend(stages),
    h('h3', {}, `With all that it started: ${milliseconds(whole)}`),
    spans.length > 0
      ? waterfall(event)
      : note(
          'No spans were recorded. Either the event was not sampled, or no traces are exported: set ' +
            'OTEL_TRACES_EXPORTER. An SDK of your own needs LiveViewSpanProcessor.',
        ),
  ];
}
