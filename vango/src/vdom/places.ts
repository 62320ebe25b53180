/**
 * Where a child stands in its parent, as the render wrote it: what it is told apart from its
 * siblings by. A number is a place, counted with those that render nothing; a text is a key, or a
 * way through lists, fragments and components.
 */
export type Place = number | string;

/**
 * The places of children, in their order; undefined when each stands at its own index, as most do.
 */
export type Places = readonly Place[] | undefined;

/** Places up to which a place within a place is one small number, for which no memory is needed. */
const MAX_OUTER = 2 ** 14;
const MAX_INNER = 2 ** 16;

export function placeAt(places: Places, index: number): Place {
  return places === undefined ? index : (places[index] as Place);
}

/** The place of a child that has a key. */
export function keyPlace(key: string): Place {
  // Ways begin with one slash.
  return key.startsWith('/') ? `/${key}` : key;
}

/** The place of what stands at `inner` of a list or fragment at `outer`. */
export function placeInList(outer: Place, inner: Place): Place {
  if (typeof outer === 'string') return `/${outer.length}:${outer}${stepTo(inner)}`;
  const isPair =
    typeof inner === 'number' && outer >= 0 && outer < MAX_OUTER && inner >= 0 && inner < MAX_INNER;
  return isPair ? -(outer * MAX_INNER + inner + 1) : `/${outer}${stepTo(inner)}`;
}

/**
 * The same of a component, whose first element stands where the component does: most have no other.
 */
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
