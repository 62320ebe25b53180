import { elementOf, plain } from './dom';

/** The link that an event happened in. */
export function linkOf(event: Event): HTMLAnchorElement | null {
  const target = elementOf(event.target);
  return target === undefined
    ? null
    : plain(target).closest<HTMLAnchorElement>('a[href],area[href]');
}

/** Whether the browser follows a link by itself: a download, or a link that leaves the app. */
export function isExternal(link: HTMLAnchorElement): boolean {
  return (
    link.hasAttribute('download') ||
    link.hasAttribute('data-external') ||
    (link.target !== '' && link.target !== '_self') ||
    link.origin !== location.origin
  );
}

/** Whether the server handles a link, as a navigation without a page load. */
export function isLive(link: HTMLAnchorElement): boolean {
  return (
    (link.hasAttribute('data-vango-link') || link.hasAttribute('data-link')) && !isExternal(link)
  );
}
