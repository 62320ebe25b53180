import uPlot from 'uplot';
import { h, setAttribute, setText } from './dom';
import { clock, NONE } from './format';

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** Name of the variable of the style sheet that has its colour. */
  readonly color: string;
  readonly isFilled?: boolean;
}

const HEIGHT = 150;
const AXIS_WIDTH = 56;

/** Values over time, drawn by uPlot, with the numbers in words beside it. */
export class Chart {
  readonly element: HTMLElement;
  private readonly values: HTMLElement[];
  private readonly plotArea: HTMLElement;
  private readonly when = h('li');
  private readonly nothing = h('p', { class: 'empty' }, 'No values in this period.');
  private readonly resize = new ResizeObserver(() => this.fit());
  private readonly scheme = matchMedia('(prefers-color-scheme: dark)');
  private readonly redraw = (): void => this.draw();
  private plot: uPlot | undefined;
  private data: uPlot.AlignedData = [[]];

  constructor(
    private readonly title: string,
    private readonly lines: readonly Line[],
    private readonly format: (value: number) => string,
  ) {
    this.values = lines.map(() => h('b', {}, NONE));
    const legend = lines.map(({ label, color }, index) => {
      const swatch = h('span', { class: 'swatch' });
      swatch.style.background = `var(${color})`;
      return h('li', {}, swatch, `${label} `, this.values[index] as HTMLElement);
    });
    this.plotArea = h('div', { class: 'plot', role: 'img' });
    this.element = h(
      'section',
      { class: 'card chart' },
      h(
        'div',
        { class: 'head' },
        h('h2', {}, title),
        h('ul', { class: 'legend' }, ...legend, this.when),
      ),
      this.nothing,
      this.plotArea,
    );
    this.resize.observe(this.plotArea);
    this.scheme.addEventListener('change', this.redraw);
  }

  close(): void {
    this.resize.disconnect();
    this.scheme.removeEventListener('change', this.redraw);
    this.plot?.destroy();
  }

  /**
   * @param times - seconds since the epoch
   * @param from - the first second that is shown, and the last one
   */
  show(times: number[], series: Array<Array<number | null>>, from: number, to: number): void {
    this.data = [times, ...series];
    this.plot?.setData(this.data, false);
    this.plot?.setScale('x', { min: from, max: to });
    this.nothing.hidden = series.some(values => values.some(value => value !== null));
    this.tell(this.plot?.cursor.idx);
    const told = this.lines.map(({ label }, i) => `${label} ${this.values[i]?.textContent}`);
    setAttribute(
      this.plotArea,
      'aria-label',
      `${this.title}, ${this.when.textContent}: ${told.join(', ')}`,
    );
  }

  /** Writes the values at an index, or the last ones that there are. */
  private tell(index: number | null | undefined): void {
    const isChosen = typeof index === 'number';
    for (const [i, element] of this.values.entries()) {
      const series = this.data[i + 1] ?? [];
      const value = isChosen ? series[index] : [...series].findLast(Number.isFinite);
      setText(element, typeof value === 'number' ? this.format(value) : NONE);
    }
    const at = isChosen ? this.data[0][index] : undefined;
    const last = this.nothing.hidden ? 'last value' : '';
    setText(this.when, at === undefined ? last : `at ${clock(at * 1000)}`);
  }

  private fit(): void {
    const width = this.plotArea.clientWidth;
    if (width === 0) return;
    if (this.plot === undefined) this.draw();
    else if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
  }

  /** Draws it anew: a canvas does not follow the colours of the style sheet. */
  private draw(): void {
    const width = this.plotArea.clientWidth;
    if (width === 0) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(name);
    const axis: uPlot.Axis = {
      stroke: color('--muted'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      gap: 5,
    };
    const { x } = this.plot?.scales ?? {};
    this.plot?.destroy();
    this.plot = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        padding: [10, 26, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: {
          x: { time: true, auto: false, min: x?.min, max: x?.max },
          y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] },
        },
        axes: [
          {
            ...axis,
            size: 20,
            space: 90,
            values: (_, seconds) => seconds.map(second => clock(second * 1000)),
          },
          {
            ...axis,
            size: AXIS_WIDTH,
            space: 32,
            values: (_, values) => values.map(value => this.format(value)),
          },
        ],
        series: [
          {},
          ...this.lines.map(({ label, color: name, isFilled }) => ({
            label,
            stroke: color(name),
            width: 1.75,
            ...(isFilled && { fill: `${color(name).trim()}22` }),
            spanGaps: false,
            points: { show: isLonely, size: 4 },
          })),
        ],
        hooks: { setCursor: [plot => this.tell(plot.cursor.idx)] },
      },
      this.data,
      this.plotArea,
    );
  }
}

/** A line needs two values; a value by itself is a point. */
function isLonely(plot: uPlot, series: number): boolean {
  const values = plot.data[series] ?? [];
  return values.some(
    (value, i) =>
      typeof value === 'number' &&
      typeof values[i - 1] !== 'number' &&
      typeof values[i + 1] !== 'number',
  );
}
