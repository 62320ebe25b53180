import { page } from './dom';

/** Loses against any rule of the page, so that pages can give it another look; no inline style, which policies may forbid. */
const STYLE = `:where(.vango-notice){position:fixed;z-index:2147483647;inset:auto 1rem 1rem;margin:auto;padding:1rem;max-width:30rem;display:flex;gap:1rem;
font:var(--vango-notice-font,1rem system-ui);color:var(--vango-notice-color,#fff);background:var(--vango-notice-background,#222);border-radius:.5rem}`;

let notice: HTMLElement | undefined;

/**
 * Tells the user that the page does not answer any more, with a button that loads it anew. What it says can be put into a
 * `<template data-vango-disconnected>` of the page.
 */
export function showNotice(): void {
  if (notice === undefined) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    page.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    notice = document.createElement('div');
    notice.className = 'vango-notice';
    notice.setAttribute('role', 'alert');
    const own = page.querySelector<HTMLTemplateElement>('template[data-vango-disconnected]');
    if (own === null) {
      const button = document.createElement('button');
      button.textContent = 'Reload';
      notice.append('The connection to this page is lost. ', button);
    } else {
      notice.append(own.content.cloneNode(true));
    }
    notice.onclick = ({ target }) => {
      if ((target as Element).closest('button')) location.reload();
    };
  }
  page.body.append(notice);
}

export function hideNotice(): void {
  notice?.remove();
}
