import type { HostElement } from './host';

/**
 * The value of `checked` and `selected` where a render says "not"; without it the user decides, as
 * with any attribute that is not there.
 */
export const OFF = 'false';

/** Attributes that are on or off, by the elements whose state they are. */
const STATES = new Map([
  ['checked', 'input'],
  ['selected', 'option'],
]);

/**
 * Whether `name` is a state of the element, which a render may set, take away or leave to the user.
 */
export function isState(tag: string, name: string): boolean {
  return STATES.get(name) === tag;
}

/** Controls that hold what the user typed or chose. */
const FIELDS = new Set(['input', 'select', 'textarea', 'option']);
/** Inputs whose text stays what it is when the type changes: a password that is shown. */
const TYPED = new Set(['text', 'password', 'search', 'email', 'tel', 'url', 'number']);
/** Inputs of which several have one name and differ by value. */
const CHOSEN = new Set(['radio', 'checkbox']);

function typeOf({ attrs }: HostElement): string {
  return (attrs.type ?? 'text').toLowerCase();
}

/**
 * Whether an attribute need not be set: of a number, `1.0` is `1`, so that what the user is typing
 * stays as it is.
 */
export function isSameAttribute(
  { tag, attrs }: HostElement,
  name: string,
  before: string | undefined,
  after: string,
): boolean {
  if (before === after) return true;
  const isNumber = name === 'value' && tag === 'input' && attrs.type === 'number';
  return isNumber && !!before && after !== '' && Number(before) === Number(after);
}

/** The value of an option: its text where it has no other. */
export function optionValue({ attrs, text = '' }: HostElement): string {
  return attrs.value ?? text.trim();
}

/** Whether two elements of one tag are one field: what the user did to a field goes to no other. */
export function isSameField(one: HostElement, other: HostElement): boolean {
  const { tag } = one;
  if (!FIELDS.has(tag)) return true;
  if (tag === 'option') return optionValue(one) === optionValue(other);
  const { attrs } = one;
  if (attrs.name !== other.attrs.name || attrs.id !== other.attrs.id) return false;
  if (tag !== 'input') return true;
  const [type, otherType] = [typeOf(one), typeOf(other)];
  if (type !== otherType) {
    const isNamed = attrs.name !== undefined || attrs.id !== undefined;
    return isNamed && TYPED.has(type) && TYPED.has(otherType);
  }
  return !CHOSEN.has(type) || attrs.value === other.attrs.value;
}

/**
 * What a field is found by where its place changed: undefined for what is no field or has no name.
 */
export function fieldName(element: HostElement): string | undefined {
  const { tag, attrs } = element;
  if (!FIELDS.has(tag)) return undefined;
  if (tag === 'option') return optionValue(element);
  if (attrs.name === undefined && attrs.id === undefined) return undefined;
  const type = tag === 'input' ? typeOf(element) : '';
  return JSON.stringify([
    tag,
    type,
    attrs.name,
    attrs.id,
    CHOSEN.has(type) ? attrs.value : undefined,
  ]);
}
