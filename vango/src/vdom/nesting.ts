/**
 * Rules for elements that the HTML parser would close, move, add or drop, so that the page would
 * differ from the tree of the server. Each element is checked against what is above it. That is one
 * number: a bit for each kind of ancestor that matters, and the number of the parent's kind.
 */
export type Surroundings = number;

/** The elements around are unknown. */
export const ANYWHERE: Surroundings = 0;

const FORM = 1;
const PARAGRAPH = 2;
const LINK = 4;
const BUTTON = 8;
const ITEM = 16;
const TERM = 32;
const SELECT = 64;
const FOREIGN = 128;
const SUBMITTING = 256;
const PARENT_SHIFT = 9;
const ANCESTORS = (1 << PARENT_SHIFT) - 1;

const words = (text: string): string[] => text.split(' ');

/** The elements that each kind of ancestor excludes, as in the parser, and the remedy. */
const BARS: ReadonlyArray<{ bit: number; tags: string[]; within: string; remedy: string }> = [
  {
    bit: FORM,
    tags: ['form'],
    within: '<form>',
    remedy: 'end the outer form first; a control elsewhere joins a form by its form attribute',
  },
  {
    bit: PARAGRAPH,
    tags: words(
      'address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup ' +
        'hr li listing main menu nav ol p pre search section summary table ul xmp',
    ),
    within: '<p>',
    remedy: 'make the <p> a <div>',
  },
  { bit: LINK, tags: ['a'], within: '<a>', remedy: 'put the links side by side' },
  { bit: BUTTON, tags: ['button'], within: '<button>', remedy: 'put the buttons side by side' },
  {
    bit: ITEM,
    tags: ['li'],
    within: '<li>',
    remedy: 'put the inner items into a list of their own',
  },
  {
    bit: TERM,
    tags: ['dd', 'dt'],
    within: '<dd> or <dt>',
    remedy: 'put the inner ones into a <dl>',
  },
  {
    bit: SELECT,
    tags: ['input', 'select', 'textarea'],
    within: '<select>',
    remedy: 'put it beside the <select>',
  },
  {
    bit: FOREIGN,
    tags: words(
      'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol p pre ruby s small span ' +
        'strike strong sub sup table tt u ul var',
    ),
    within: '<svg> or <math>',
    remedy: 'put HTML into a <foreignObject>',
  },
];

const SPECIAL = words(
  'applet area article aside base blockquote body br button caption center col colgroup details dir div dl embed fieldset figcaption figure footer form ' +
    'frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input link listing main marquee menu meta nav noembed noframes noscript object ' +
    'ol param plaintext pre script search section select source style summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp',
).filter(tag => tag !== 'div');
const HEADINGS = words('h1 h2 h3 h4 h5 h6');

/** The bits that each element sets and clears for the elements below it. */
const BEGINS: ReadonlyArray<[bits: number, tags: string[]]> = [
  [FORM, ['form']],
  [PARAGRAPH, ['p']],
  [LINK, ['a']],
  [BUTTON, ['button']],
  [ITEM, ['li']],
  [TERM, ['dd', 'dt']],
  [SELECT, ['select']],
  [FOREIGN, ['svg', 'math']],
];
const ENDS: ReadonlyArray<[bits: number, tags: string[]]> = [
  [ITEM | TERM, SPECIAL],
  [ITEM, ['dd', 'dt']],
  [TERM, ['li']],
  [PARAGRAPH, ['button']],
  [PARAGRAPH | BUTTON, words('applet caption foreignObject marquee object table td template th')],
  [LINK, words('applet caption marquee object td template th')],
  [FORM | SELECT, ['template']],
  [FOREIGN, words('annotation-xml desc foreignObject mi mn mo ms mtext title')],
];

/** Elements that cannot have content. */
export const VOID: ReadonlySet<string> = new Set(
  words('area base br col embed hr img input link meta source track wbr'),
);
const TEXT_ONLY = words('option script style textarea title');

/** Elements that can only contain certain elements. */
const HOLDS: ReadonlyArray<[parent: string, children: string[]]> = [
  ['table', words('caption colgroup col thead tbody tfoot tr script style template')],
  ['thead', words('tr script style template')],
  ['tbody', words('tr script style template')],
  ['tfoot', words('tr script style template')],
  ['tr', words('td th script style template')],
  ['colgroup', words('col template')],
  ['select', words('option optgroup hr button script template')],
  ['optgroup', words('option hr legend script template')],
  ...[...TEXT_ONLY, ...VOID].map((tag): [string, string[]] => [tag, []]),
];
/** Elements that can only be in certain elements. */
const STANDS: ReadonlyArray<[children: string[], parents: string[]]> = [
  [words('caption colgroup thead tbody tfoot'), ['table']],
  [['tr'], words('tbody thead tfoot table')],
  [words('td th'), ['tr']],
  [['col'], words('colgroup table')],
  [words('head body'), ['html']],
  [['html'], []],
];
/** The elements that the parser adds in a table, as `build.ts` does. */
const IMPLIED = new Map([
  ['tr', 'tbody'],
  ['col', 'colgroup'],
]);

/** The element that the parser adds around `tag` in a table, if any. */
export function impliedParent(tag: string): string | undefined {
  return IMPLIED.get(tag);
}

/** Elements whose content browsers that run the client never show, so it never changes. */
const INERT = new Set(['noscript', 'template']);

export function isInert(tag: string): boolean {
  return INERT.has(tag);
}

interface Rule {
  barred: number;
  begins: number;
  ends: number;
  /** The number of a parent. */
  kind: number;
  holds: readonly string[] | undefined;
  stands: readonly string[] | undefined;
}

/** Parents without rules of their own; 0 is an unknown parent. */
const OTHER = 1;
const RULES = new Map<string, Rule>();
const PARENTS: string[] = ['', ''];

function ruleOf(tag: string): Rule {
  const known = RULES.get(tag);
  if (known !== undefined) return known;
  const rule: Rule = {
    barred: 0,
    begins: 0,
    ends: 0,
    kind: OTHER,
    holds: undefined,
    stands: undefined,
  };
  RULES.set(tag, rule);
  return rule;
}

function parentRuleOf(tag: string): Rule {
  const rule = ruleOf(tag);
  if (rule.kind === OTHER) rule.kind = PARENTS.push(tag) - 1;
  return rule;
}

for (const { bit, tags } of BARS) for (const tag of tags) ruleOf(tag).barred |= bit;
for (const [bits, tags] of BEGINS) for (const tag of tags) ruleOf(tag).begins |= bits;
for (const [bits, tags] of ENDS) for (const tag of tags) ruleOf(tag).ends |= bits;
for (const [parent, children] of HOLDS) parentRuleOf(parent).holds = children;
for (const [children, parents] of STANDS) {
  for (const tag of children) ruleOf(tag).stands = parents;
  for (const tag of parents) parentRuleOf(tag);
}
for (const tag of HEADINGS) parentRuleOf(tag);
ruleOf('template').kind = 0;

/**
 * The surroundings of the elements below an element.
 *
 * @param submits - whether the element handles the submission of forms
 */
export function surroundingsIn(tag: string, above: Surroundings, submits: boolean): Surroundings {
  const rule = RULES.get(tag);
  let bits = above & ANCESTORS;
  if (submits) bits |= SUBMITTING;
  if (rule === undefined) return bits | (OTHER << PARENT_SHIFT);
  bits &= ~rule.ends;
  // Elements of SVG and MathML share names with HTML, but not its rules.
  if (!(bits & FOREIGN)) bits |= rule.begins;
  return bits | ((bits & FOREIGN ? OTHER : rule.kind) << PARENT_SHIFT);
}

/** Whether the submission of forms here is handled. */
export function isSubmitting(above: Surroundings): boolean {
  return (above & SUBMITTING) !== 0;
}

/** Whether this is inside SVG or MathML. */
export function isForeign(above: Surroundings): boolean {
  return (above & FOREIGN) !== 0;
}

/**
 * Describes what is wrong with an element in this place, and the remedy. Returns undefined when it
 * may be here.
 */
export function misplacement(tag: string, above: Surroundings): string | undefined {
  const rule = RULES.get(tag);
  const barred =
    rule === undefined ? 0 : rule.barred & above & (isForeign(above) ? FOREIGN : ANCESTORS);
  if (barred !== 0) return barredMessage(tag, barred);
  const kind = isForeign(above) ? OTHER : above >> PARENT_SHIFT;
  if (kind === 0 || (kind === OTHER && rule?.stands === undefined)) return undefined;
  const parent = PARENTS[kind] as string;
  const { holds } = RULES.get(parent) ?? {};
  if (holds !== undefined && !holds.includes(tag)) {
    const held = holds.length > 0 ? listOf(holds) : VOID.has(parent) ? 'nothing' : 'text only';
    return `<${tag}> cannot stand in <${parent}>, which holds ${held}`;
  }
  if (holds === undefined && HEADINGS.includes(parent) && HEADINGS.includes(tag))
    return `<${tag}> cannot stand in <${parent}>: the HTML parser ends the outer heading; make the inner one a <span>`;
  const { stands } = rule ?? {};
  if (stands === undefined || isForeign(above) || stands.includes(parent)) return undefined;
  return stands.length > 0
    ? `<${tag}> stands in ${listOf(stands)} only: the HTML parser drops it elsewhere`
    : `<${tag}> cannot stand within a page: it is there already, around all pages`;
}

function barredMessage(tag: string, barred: number): string {
  const { within, remedy } = BARS.find(({ bit }) => barred & bit) as (typeof BARS)[number];
  return `<${tag}> cannot stand within ${within}, which the HTML parser ends before it; ${remedy}`;
}

function listOf(tags: readonly string[]): string {
  return tags.map(tag => `<${tag}>`).join(', ');
}
