import type { HostElement } from './host';

/**
 * The value of `checked` and `selected` where a render sets them to false. Without the attribute,
 * the user decides.
 */
export const OFF = 'false';

/** Attributes that are on or off, by the elements whose state they are. */
const STATES = new Map([
  ['checked', 'input'],
  ['selected', 'option'],
]);

/**
 * Whether `name` is a state of the element: a render may set it, clear it or leave it to the user.
 */
export function isState(tag: string, name: string): boolean {
  return STATES.get(name) === tag;
}

/** Controls that hold what the user typed or chose. */
const FIELDS = new Set(['input', 'select', 'textarea', 'option']);
/** Inputs whose text stays when the type changes, such as a password that is shown. */
const TYPED = new Set(['text', 'password', 'search', 'email', 'tel', 'url', 'number']);
/** Inputs that share a name and differ by value. */
const CHOSEN = new Set(['radio', 'checkbox']);

function typeOf({ attrs }: HostElement): string {
  return (attrs.type ?? 'text').toLowerCase();
}

/**
 * Whether an attribute need not be set. For a number, `1.0` equals `1`, so what the user is typing
 * stays.
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

/** The value of an option: its text, if it has no other. */
export function optionValue({ attrs, text = '' }: HostElement): string {
  return attrs.value ?? text.trim();
}

/** Whether two elements of one tag are one field. What the user did to a field stays with it. */
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

/** The name by which a field is found in another place; undefined for other elements. */
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
