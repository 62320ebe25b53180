import type {
  AnimationData,
  CustomData,
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
  | KeyData
  | MouseData
  | ResizeData
  | ScrollData
  | TouchData
  | WheelData
  | undefined;

/** Reads the data of an event. `events` are all that were throttled into it, with `last`. */
type Read<E extends Event> = (last: E, element: Element, events: E[]) => Data;

/** DOM events that carry the same data. */
export interface EventKind {
  /** Matches their DOM names. */
  readonly names: RegExp;
  /**
   * A property that a genuine event has. Autofill and scripts fire events that have only a type;
   * these are ignored.
   */
  readonly has: string;
  readonly read: Read<Event>;
}

function kind<E extends Event>(names: RegExp, has: keyof E & string, read: Read<E>): EventKind {
  return { names, has, read: read as Read<Event> };
}

/** All events except clicks, submits and changes of controls. */
export const EVENT_KINDS: readonly EventKind[] = [
  kind(/^(dblclick|focus|blur|mouseenter|mouseleave)$/, 'type', () => undefined),
  // Drag events have the same properties; their codec writes fewer of them.
  kind(/^(mouse|drag|drop)/, 'offsetX', mouse),
  kind(/^wheel/, 'deltaX', wheel),
  kind(/^key/, 'key', key),
  kind(/^scroll/, 'type', scroll),
  kind(/^resize/, 'type', resize),
  kind(/^touch/, 'touches', touch),
  kind(/^(animation|transition)/, 'elapsedTime', animation),
  kind(/^custom/, 'detail', custom),
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
  const { deltaMode, clientX, clientY } = last;
  const modifiers = modifiersOf(last);
  const total = { deltaX: 0, deltaY: 0, deltaZ: 0, deltaMode, clientX, clientY, modifiers };
  for (const { deltaX, deltaY, deltaZ } of events) {
    total.deltaX += deltaX;
    total.deltaY += deltaY;
    total.deltaZ += deltaZ;
  }
  return total;
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

function pointsOf(list: TouchList): TouchData['touches'] {
  return [...list].map(({ identifier, clientX, clientY, pageX, pageY }) => {
    return { id: identifier, clientX, clientY, pageX, pageY };
  });
}

function touch(event: TouchEvent): TouchData {
  return {
    touches: pointsOf(event.touches),
    targetTouches: pointsOf(event.targetTouches),
    changedTouches: pointsOf(event.changedTouches),
  };
}

function animation(event: AnimationEvent | TransitionEvent): AnimationData {
  const name = 'animationName' in event ? event.animationName : event.propertyName;
  return { name, elapsed: event.elapsedTime, pseudoElement: event.pseudoElement };
}

/** Scripts fire `custom` events. Their `detail` holds a name, and data that is sent as JSON. */
function custom({ detail }: CustomEvent<{ name?: unknown; data?: unknown } | null>): CustomData {
  const data = new TextEncoder().encode(JSON.stringify(detail?.data ?? null));
  return { name: String(detail?.name ?? ''), data };
}
