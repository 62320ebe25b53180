import type { Panel, Unit } from '../../src/monitoring/panels/panel';

/** One line of a panel: its name and its values at the steps; null where there is none. */
export interface Line {
  readonly name: string;
  readonly values: ReadonlyArray<number | null>;
}

/** A panel with what Prometheus answered, or with the names of alerts. */
export interface DrawnPanel {
  readonly panel: Panel;
  readonly lines: readonly Line[];
}

/** A row of panels under its title. */
export interface DrawnRow {
  readonly title: string;
  readonly panels: readonly DrawnPanel[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TITLE = 'Rows of the dashboard, from a run of the example shop';
const WIDTH = 1200;
const GAP = 8;
const COLUMN = (WIDTH - GAP) / 24;
const STAT_HEIGHT = 90;
const HEIGHT = 190;
const TITLE_HEIGHT = 28;
const COLOURS = ['#3d71d9', '#d97706', '#16a34a', '#b91c9c', '#dc2626', '#0891b2', '#7c6f00'];
const MAX_LEGENDS = 4;

/** Draws rows of panels as an SVG image. */
export function drawDashboard(rows: readonly DrawnRow[]): string {
  const parts: string[] = [];
  let y = GAP;
  for (const { title, panels } of rows) {
    parts.push(text(GAP, y + 18, title, 15, '#111827', 'font-weight="600"'));
    y += TITLE_HEIGHT;
    let x = GAP;
    let height = 0;
    for (const drawn of panels) {
      const width = drawn.panel.width * COLUMN;
      if (x + width > WIDTH + 1) {
        y += height + GAP;
        x = GAP;
        height = 0;
      }
      const box = { x, y, width: width - GAP, height: heightOf(drawn.panel) };
      parts.push(drawPanel(drawn, box));
      x += width;
      height = Math.max(height, box.height);
    }
    y += height + 2 * GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif">`,
    `<title>${TITLE}</title>`,
    `<rect width="${WIDTH}" height="${y}" fill="#f3f4f6"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function heightOf({ kind }: Panel): number {
  return kind === 'stat' ? STAT_HEIGHT : HEIGHT;
}

function drawPanel({ panel, lines }: DrawnPanel, box: Box): string {
  const { x, y, width, height } = box;
  const inner = { x: x + 8, y: y + 26, width: width - 16, height: height - 34 };
  return [
    `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="3" fill="#fff" stroke="#d1d5db"/>`,
    text(x + 8, y + 17, panel.title, 12, '#374151', 'font-weight="600"'),
    body(panel, lines, inner),
  ].join('\n');
}

function body(panel: Panel, lines: readonly Line[], box: Box): string {
  switch (panel.kind) {
    case 'stat':
    case 'gauge':
      return number(panel.unit, panel.kind, lines, box);
    case 'timeseries':
      return chart(panel.unit, lines, box);
    case 'heatmap':
      return cells(lines, box);
    case 'table':
      return table(
        ['Route', ...panel.columns.map(({ title }) => title)],
        lines.map(({ name, values }) => [
          name,
          ...values.map((value, index) => written(value, panel.columns[index]?.unit ?? panel.unit)),
        ]),
        box,
      );
    default:
      return table(
        ['Alert', 'Since'],
        lines.map(({ name, values }) => [name, written(values[0] ?? null, 's')]),
        box,
      );
  }
}

function number(unit: Unit, kind: 'stat' | 'gauge', lines: readonly Line[], box: Box): string {
  const values = lines[0]?.values ?? [];
  const last = values.findLast(value => value !== null) ?? null;
  const large = text(box.x, box.y + 30, written(last, unit), 26, '#111827');
  if (kind === 'stat') {
    const lower = { ...box, y: box.y + 36, height: box.height - 36 };
    return `${large}\n${path(values, lower, 0, max(values), COLOURS[0] as string)}`;
  }
  const share = Math.min(1, Math.max(0, last ?? 0));
  const bar = (width: number, colour: string): string =>
    `<rect x="${n(box.x)}" y="${n(box.y + 50)}" width="${n(width)}" height="16" fill="${colour}"/>`;
  return [
    large,
    bar(box.width, '#e5e7eb'),
    bar(box.width * share, share < 0.1 ? '#dc2626' : '#16a34a'),
  ].join('\n');
}

function chart(unit: Unit, all: readonly Line[], box: Box): string {
  const lines = [...all].sort((a, b) => max(b.values) - max(a.values));
  const top = Math.max(...lines.map(({ values }) => max(values))) || 1;
  const area = { x: box.x + 46, y: box.y, width: box.width - 46, height: box.height - 22 };
  const grid = [0, 0.5, 1].map(share => {
    const y = area.y + area.height * (1 - share);
    return [
      `<path d="M${n(area.x)} ${n(y)}h${n(area.width)}" stroke="#e5e7eb"/>`,
      text(box.x, y + 4, written(top * share, unit), 10, '#6b7280'),
    ].join('\n');
  });
  const colourOf = (index: number): string => COLOURS[index % COLOURS.length] as string;
  const legends = lines.slice(0, MAX_LEGENDS).map(({ name }, index) => {
    const x = box.x + (index * box.width) / MAX_LEGENDS;
    const y = box.y + box.height - 2;
    return `<rect x="${n(x)}" y="${n(y - 8)}" width="8" height="8" fill="${colourOf(index)}"/>
${text(x + 12, y, name.slice(0, 16), 10, '#374151')}`;
  });
  return [
    ...grid,
    ...lines.map(({ values }, index) => path(values, area, 0, top, colourOf(index))),
    ...legends,
  ].join('\n');
}

/** Cells of a heatmap: a line for each bucket, in rising order, with cumulative counts. */
function cells(lines: readonly Line[], box: Box): string {
  const rows = lines.map(({ name, values }, index) => ({
    name,
    values: values.map((value, at) => (value ?? 0) - (lines[index - 1]?.values[at] ?? 0)),
  }));
  const top = Math.max(...rows.map(({ values }) => max(values))) || 1;
  const height = box.height / Math.max(rows.length, 1);
  return rows
    .map(({ name, values }, index) => {
      const y = box.y + box.height - (index + 1) * height;
      const width = (box.width - 40) / values.length;
      const filled = values.map((value, at) =>
        value <= 0
          ? ''
          : `<rect x="${n(box.x + 40 + at * width)}" y="${n(y)}" width="${n(width - 0.5)}" height="${n(height - 1)}" fill="#d97706" opacity="${n(0.15 + (0.85 * value) / top)}"/>`,
      );
      return [
        text(box.x, y + height - 2, name, 9, '#6b7280'),
        ...filled.filter(cell => cell !== ''),
      ].join('\n');
    })
    .join('\n');
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>, box: Box): string {
  // The first column has the space of two.
  const width = box.width / (head.length + 1);
  return [head, ...rows.slice(0, 7)]
    .flatMap((row, line) =>
      row.map((cell, column) =>
        text(
          box.x + (column === 0 ? 0 : column + 1) * width,
          box.y + 14 + line * 18,
          cell,
          11,
          line === 0 ? '#6b7280' : '#111827',
        ),
      ),
    )
    .join('\n');
}

function path(
  values: ReadonlyArray<number | null>,
  box: Box,
  low: number,
  high: number,
  colour: string,
): string {
  const step = box.width / Math.max(values.length - 1, 1);
  const y = (value: number): number => box.y + box.height * (1 - (value - low) / (high - low || 1));
  const steps = values.map((value, index) => {
    if (value === null) return '';
    const isStart = (values[index - 1] ?? null) === null;
    return `${isStart ? 'M' : 'L'}${n(box.x + index * step)} ${n(y(value))}`;
  });
  return `<path d="${steps.join('')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

function max(values: ReadonlyArray<number | null>): number {
  return Math.max(0, ...values.map(value => value ?? 0));
}

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  colour: string,
  more = '',
): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${colour}" ${more}>${escaped}</text>`;
}

/** A value with its unit, as Grafana writes it. */
function written(value: number | null, unit: Unit): string {
  if (value === null) return '–';
  const short = (number: number): string => String(Number(number.toPrecision(3)));
  switch (unit) {
    case 'percentunit':
      return `${short(100 * value)} %`;
    case 's':
      return value < 1 ? `${short(1000 * value)} ms` : `${short(value)} s`;
    case 'ms':
      return `${short(value)} ms`;
    case 'bytes':
    case 'binBps': {
      const bytes = value < 1024 ? `${short(value)} B` : `${short(value / 1024)} KiB`;
      return unit === 'bytes' ? bytes : `${bytes}/s`;
    }
    case 'ops':
    case 'cps':
      return `${short(value)}/s`;
    case 'short':
      return short(value);
  }
}

/** A coordinate, as short as it can be seen. */
function n(value: number): string {
  return String(Math.round(10 * value) / 10);
}
