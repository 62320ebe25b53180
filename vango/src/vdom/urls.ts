/** A URL that the app trusts; see `trustedUrl()`. */
export class TrustedUrl {
  constructor(readonly url: string) {}

  toString(): string {
    return this.url;
  }
}

/**
 * Allows a URL that runs a script or holds a document: `href={trustedUrl('javascript:print()')}`.
 * Pass only what the app itself wrote, never what came from a user.
 */
export function trustedUrl(url: string): TrustedUrl {
  return new TrustedUrl(url);
}

/** Attributes whose URL browsers load, follow or run, in lower case. */
const ADDRESSES = new Set(['href', 'src', 'action', 'formaction', 'xlink:href', 'poster', 'data']);
/** Attributes of SVG animations. They write to the attribute that `attributeName` names. */
const ANIMATED = new Set(['to', 'from', 'by', 'values']);
const ANIMATIONS = new Set(['animate', 'set', 'animatetransform', 'animatemotion']);
/** Elements that show or play the content of `data:` URLs without running it. */
const MEDIA = new Set([
  'img',
  'image',
  'feimage',
  'input',
  'video',
  'audio',
  'source',
  'track',
  'link',
]);
const IMAGE = /^data:(image|audio|video|font)\//i;
/** Characters that the WHATWG parser skips at the start, and line breaks and tabs anywhere. */
const SKIPPED = /^[\0- ]+|[\t\n\r]+/g;
const DANGEROUS = /^(javascript|vbscript|data):/i;
/** First letters of the schemes to check: most URLs begin with another one. */
const SUSPECT = /^[\0- ]*[jvd]/i;

/** Whether the attribute holds a URL that runs a script or a document of its own. */
export function isDangerous(tag: string, name: string, value: string): boolean {
  const attribute = name.toLowerCase();
  if (ADDRESSES.has(attribute)) return isDangerousUrl(tag.toLowerCase(), value);
  return (
    ANIMATED.has(attribute) &&
    ANIMATIONS.has(tag.toLowerCase()) &&
    value.split(';').some(one => isDangerousUrl('', one))
  );
}

function isDangerousUrl(tag: string, value: string): boolean {
  if (!SUSPECT.test(value)) return false;
  const url = value.replace(SKIPPED, '');
  return DANGEROUS.test(url) && !(MEDIA.has(tag) && IMAGE.test(url));
}
