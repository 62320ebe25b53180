/**
 * The place of a child in its parent, which tells it apart from its siblings. A number counts all
 * places of the render, also those that render nothing. A text is a key, or a path through lists,
 * fragments and components.
 */
export type Place = number | string;

/** The places of children in order; undefined when each is at its own index, as most are. */
export type Places = readonly Place[] | undefined;

/** Nested places up to this number are encoded as one small number, which needs no memory. */
const MAX_OUTER = 2 ** 14;
const MAX_INNER = 2 ** 16;

export function placeAt(places: Places, index: number): Place {
  return places === undefined ? index : (places[index] as Place);
}

/** The place of a child that has a key. */
export function keyPlace(key: string): Place {
  // Paths begin with one slash.
  return key.startsWith('/') ? `/${key}` : key;
}

/** The place of entry `inner` of a list or fragment at `outer`. */
export function placeInList(outer: Place, inner: Place): Place {
  if (typeof outer === 'string') return `/${outer.length}:${outer}${stepTo(inner)}`;
  const isPair =
    typeof inner === 'number' && outer >= 0 && outer < MAX_OUTER && inner >= 0 && inner < MAX_INNER;
  return isPair ? -(outer * MAX_INNER + inner + 1) : `/${outer}${stepTo(inner)}`;
}

/** The place of an element of a component. The first element has the place of the component. */
export function placeInComponent(outer: Place, inner: Place): Place {
  return inner === 0 ? outer : placeInList(outer, inner);
}

function stepTo(place: Place): string {
  return typeof place === 'number' ? `#${place}` : `.${place}`;
}

export function areSamePlaces(one: Places, other: Places, length: number): boolean {
  if (one === other) return true;
  for (let index = 0; index < length; index++) {
    if (placeAt(one, index) !== placeAt(other, index)) return false;
  }
  return true;
}
