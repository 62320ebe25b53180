import type {
  AnimationData,
  CustomData,
  DragData,
  EventName,
  KeyData,
  MouseData,
  ResizeData,
  ScrollData,
  TouchData,
  WheelData,
} from '../src/protocol';

type Data =
  | AnimationData
  | CustomData
  | DragData
  | KeyData
  | MouseData
  | ResizeData
  | ScrollData
  | TouchData
  | WheelData
  | undefined;

/** What an element's event carries, of the last of `events` that came together. */
type Read<E extends Event> = (last: E, element: Element, events: E[]) => Data;

export interface Kind {
  /** A property without which an event is none of the kind: autofill and scripts fire events that have nothing but a type. */
  readonly has: string;
  readonly read: Read<Event>;
  readonly types: ReadonlyArray<EventName>;
}

function kind<E extends Event>(has: keyof E & string, read: Read<E>, types: EventName[]): Kind {
  return { has, read: read as Read<Event>, types };
}

/** Kinds of events by what they carry. Clicks, submits, and changes of controls are none. */
export const KINDS: readonly Kind[] = [
  kind('type', () => undefined, ['DblClick', 'Focus', 'Blur', 'MouseEnter', 'MouseLeave']),
  kind('offsetX', mouse, ['MouseDown', 'MouseUp', 'MouseMove']),
  kind('deltaX', wheel, ['Wheel']),
  kind('key', key, ['KeyDown', 'KeyUp', 'KeyPress']),
  kind('type', scroll, ['Scroll']),
  kind('type', resize, ['Resize']),
  kind('touches', touch, ['TouchStart', 'TouchMove', 'TouchEnd']),
  kind('pageX', drag, ['DragStart', 'DragEnd', 'Drop']),
  kind('animationName', animation, [
    'AnimationStart',
    'AnimationEnd',
    'AnimationIteration',
    'AnimationCancel',
  ]),
  kind('propertyName', transition, ['TransitionStart', 'TransitionEnd', 'TransitionRun', 'TransitionCancel']),
  kind('detail', custom, ['Custom']),
];

type Modifiers = Pick<MouseEvent & KeyboardEvent, 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>;

function modifiersOf({ ctrlKey, shiftKey, altKey, metaKey }: Modifiers): number {
  return +ctrlKey | (+shiftKey << 1) | (+altKey << 2) | (+metaKey << 3);
}

function mouse(event: MouseEvent): MouseData {
  const { clientX, clientY, pageX, pageY, offsetX, offsetY, button, buttons } = event;
  const modifiers = modifiersOf(event);
  return { clientX, clientY, pageX, pageY, offsetX, offsetY, button, buttons, modifiers };
}

function wheel(last: WheelEvent, _: Element, events: WheelEvent[]): WheelData {
  const sum = (axis: 'deltaX' | 'deltaY' | 'deltaZ'): number =>
    events.reduce((total, event) => total + event[axis], 0);
  const { deltaMode, clientX, clientY } = last;
  const modifiers = modifiersOf(last);
  return {
    ...{ deltaX: sum('deltaX'), deltaY: sum('deltaY'), deltaZ: sum('deltaZ') },
    ...{ deltaMode, clientX, clientY, modifiers },
  };
}

function key(event: KeyboardEvent): KeyData {
  const { key, code, repeat, location } = event;
  return { key, code, modifiers: modifiersOf(event), repeat, location };
}

function scroll(_: Event, { scrollTop, scrollLeft }: Element): ScrollData {
  return { top: scrollTop, left: scrollLeft };
}

function resize({ target }: Event): ResizeData {
  if (!(target instanceof Element)) return { width: innerWidth, height: innerHeight };
  return { width: target.clientWidth, height: target.clientHeight };
}

function touch({ touches, targetTouches, changedTouches }: TouchEvent): TouchData {
  const points = (list: TouchList): TouchData['touches'] =>
    [...list].map(({ identifier, clientX, clientY, pageX, pageY }) => {
      return { id: identifier, clientX, clientY, pageX, pageY };
    });
  return {
    ...{ touches: points(touches), targetTouches: points(targetTouches) },
    changedTouches: points(changedTouches),
  };
}

function drag(event: DragEvent): DragData {
  const { clientX, clientY, pageX, pageY } = event;
  return { clientX, clientY, pageX, pageY, modifiers: modifiersOf(event) };
}

function animation({ animationName, elapsedTime, pseudoElement }: AnimationEvent): AnimationData {
  return { name: animationName, elapsed: elapsedTime, pseudoElement };
}

function transition({ propertyName, elapsedTime, pseudoElement }: TransitionEvent): AnimationData {
  return { name: propertyName, elapsed: elapsedTime, pseudoElement };
}

/** Scripts fire `custom` events: `detail` holds a name and data, which travel as JSON. */
function custom({ detail }: CustomEvent<{ name?: unknown; data?: unknown } | null>): CustomData {
  const data = new TextEncoder().encode(JSON.stringify(detail?.data ?? null));
  return { name: String(detail?.name ?? ''), data };
}
