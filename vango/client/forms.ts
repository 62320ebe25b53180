import { complain } from './complain';
import { plain } from './dom';
import { isDraft } from './drafts';

/**
 * Names and values of a form, the button pressed included; undefined where it holds what cannot be
 * sent.
 */
export function fieldsOf(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
): Array<[string, string]> | undefined {
  const fields: Array<[string, string]> = [];
  for (const [name, value] of new FormData(form, submitter)) {
    if (typeof value === 'string') {
      fields.push([name, value]);
    } else if (value.name !== '') {
      complain(`The form was not sent: upload the file of "${name}" by fetch(), and take its name off`);
      return undefined;
    }
  }
  return fields;
}

/** Whether a submit closes the dialog that its form is in, and nothing else. */
export function closesDialog(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  return ((submitter as HTMLButtonElement | null)?.formMethod || plain(form).method) === 'dialog';
}

/** Whether a click on an element submits a form. */
export function submits(element: Element): boolean {
  return (
    (element instanceof HTMLButtonElement || element instanceof HTMLInputElement) &&
    element.form !== null &&
    (element.type === 'submit' || element.type === 'image')
  );
}

/**
 * A reset fires no event at the controls that it changes: for those of which the server knows
 * another value it is made up for.
 */
export function tellReset(form: HTMLFormElement): void {
  for (const control of plain(form).elements) {
    if (!isDraft(control)) continue;
    for (const type of ['input', 'change']) control.dispatchEvent(new Event(type, { bubbles: true }));
  }
}

/** What a control tells the server; of an element that is none, its text. */
export function shownBy(element: Element): string {
  if (element instanceof HTMLInputElement) {
    const { type, checked, value } = element;
    if (type === 'checkbox') return String(checked);
    return type === 'radio' && !checked ? '' : value;
  }
  if (element instanceof HTMLSelectElement && element.multiple) {
    return [...element.selectedOptions].map(option => option.value).join(',');
  }
  const { value } = element as HTMLTextAreaElement;
  // biome-ignore lint/performance/useDomNodeTextContent: what is edited has lines, which textContent joins.
  return typeof value === 'string' ? value : (element as HTMLElement).innerText;
}
