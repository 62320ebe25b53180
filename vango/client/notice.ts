import { page } from './dom';

/**
 * The look of the notice. It is not an inline style, which a Content-Security-Policy can forbid.
 * `:where()` has no specificity, so that any rule of the page takes precedence.
 */
const STYLE = `:where(.vango-notice){position:fixed;z-index:2147483647;inset:auto 1rem 1rem;
margin:auto;padding:1rem;max-width:30rem;display:flex;gap:1rem;
font:var(--vango-notice-font,1rem system-ui);color:var(--vango-notice-color,#fff);
background:var(--vango-notice-background,#222);border-radius:.5rem}`;

let notice: HTMLElement | undefined;

/**
 * Shows that the page is disconnected, with a button that reloads it.
 *
 * A page can replace the content with a `<template data-vango-disconnected>`.
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

/** Hides the notice. */
export function hideNotice(): void {
  notice?.remove();
}
