import type { Failure, FailureRow } from '../../src/live/wire';
import { type Child, h } from '../dom';
import { clock } from '../format';
import { code, facts, sessionLink } from '../layout';
import { ChosenListView } from './chosenList';

/** The last failures, and one of them with its stack. */
export function failuresView(): ChosenListView<FailureRow, Failure> {
  return new ChosenListView({
    topic: 'failures',
    title: 'Failures',
    note: 'the last 100 of each process, since it started',
    empty:
      'Nothing has failed since the start. What a handler, a page, a resource or an action throws ' +
      'appears here, with its stack.',
    hint: 'Choose a failure to see its stack.',
    versionOf: () => '',
    row: failure => [
      h('span', { class: 'title failed' }, titleOf(failure)),
      h(
        'span',
        { class: 'more' },
        `${clock(failure.at)} · ${failure.event ?? failure.operation} on `,
        code(failure.route),
      ),
    ],
    detail: detailOf,
  });
}

function titleOf({ name, message }: FailureRow): string {
  return name === '' ? message : `${name}: ${message}`;
}

function detailOf(failure: Failure): Child[] {
  const { at, operation, event, component, handler, route, errorType, trace, session } = failure;
  const known = facts([
    ['Time', clock(at)],
    ['Operation', event === undefined ? operation : `${operation} ${event}`],
    ['Component', component],
    ['Handler', handler],
    ['Route', route],
    ['Type of error', errorType],
    ['Session', session === undefined ? undefined : sessionLink(session)],
    ['User', failure.user],
    ['Trace', trace === undefined ? undefined : code(trace)],
  ]);
  // Lines that are too long for a phone break after a folder.
  const parts = failure.stack.split(/(?<=\/)/).flatMap(part => [part, h('wbr')]);
  const stack = h('pre', { tabindex: '0', 'aria-label': 'Stack', id: 'stack' }, ...parts);
  return [h('h2', { class: 'failed' }, titleOf(failure)), known, stack];
}
