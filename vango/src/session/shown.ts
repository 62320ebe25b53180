import type { HostElement } from '../vdom';

/** The numbers of the HIDs of an element and all below it, in document order. */
export function numbersOf(html: HostElement): string {
  const runs: Array<[first: number, last: number]> = [];
  visit(html, element => {
    const number = Number(element.hid.slice(1));
    const run = runs.at(-1);
    if (run?.[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  });
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join();
}

/**
 * Gives elements the numbers that `numbersOf()` returned for a tree of the same form.
 *
 * @returns the highest number; undefined, without a change, when there are not as many numbers as
 *   elements
 */
export function nameBy(numbers: string, html: HostElement): number | undefined {
  const runs = numbers.split(',').map(run => run.split('-').map(Number));
  let count = 0;
  for (const [first = 0, last = first] of runs) count += last - first + 1;
  const elements: HostElement[] = [];
  visit(html, element => elements.push(element));
  if (count !== elements.length) return undefined;
  let highest = 0;
  let index = 0;
  for (const [first = 0, last = first] of runs) {
    for (let number = first; number <= last; number++) {
      (elements[index++] as HostElement).hid = `h${number}`;
    }
    highest = Math.max(highest, last);
  }
  return highest;
}

function visit(element: HostElement, call: (element: HostElement) => void): void {
  call(element);
  for (const child of element.children) visit(child, call);
}
