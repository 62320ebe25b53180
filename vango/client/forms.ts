import { plain } from './dom';
import { isDraft } from './drafts';
import { reportError } from './errors';

/**
 * Reads the names and values of a form.
 *
 * @param submitter - The button that was pressed.
 * @returns The fields in document order, or undefined if the form contains a file.
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
      reportError(
        `The form was not sent. Upload the file of "${name}" with fetch() ` +
          'and remove the name of its field.',
      );
      return undefined;
    }
  }
  return fields;
}

/** Whether a submit only closes the dialog that contains its form. */
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
 * Reports the effect of a reset to the server.
 *
 * Browsers fire no events at the controls that a reset changes. This function fires them where the
 * server knows another value.
 */
export function reportReset(form: HTMLFormElement): void {
  for (const control of plain(form).elements) {
    if (!isDraft(control)) continue;
    for (const type of ['input', 'change'])
      control.dispatchEvent(new Event(type, { bubbles: true }));
  }
}

/** The value of a control as the server receives it; the text of an editable element. */
export function controlValue(element: Element): string {
  if (element instanceof HTMLInputElement) {
    const { type, checked, value } = element;
    if (type === 'checkbox') return String(checked);
    return type === 'radio' && !checked ? '' : value;
  }
  if (element instanceof HTMLSelectElement && element.multiple) {
    return [...element.selectedOptions].map(option => option.value).join(',');
  }
  const { value } = element as HTMLTextAreaElement;
  // biome-ignore lint/performance/useDomNodeTextContent: textContent would join the lines.
  return typeof value === 'string' ? value : (element as HTMLElement).innerText;
}
