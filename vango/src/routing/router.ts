import type { Params } from '../ctx';
import type { Child, Component } from '../vdom';
import { compose, type Middleware, type Pipeline } from './middleware';
import { canonicalPath, decodeSegment } from './path';
import { type PathParams, parsePattern, type Segment } from './pattern';

/** Props of a page component. */
export interface PageProps<P extends string = string> {
  readonly params: PathParams<P>;
  readonly query: URLSearchParams;
  readonly path: string;
}

/** Wraps pages. It gets the props of the page, and the page as `children`. */
export type Layout = (props: PageProps & { children?: Child }) => Child;

/** Options of one page. */
export interface PageOptions<P extends string = string> {
  /** Title of the document, or a function of the props. Default: the title of the app. */
  title?: string | ((props: PageProps<P>) => string);
  /** Runs for this page only, after the middleware of the router. */
  middleware?: Middleware | readonly Middleware[];
  /** Wraps this page instead of the layouts of its path. */
  layout?: Layout;
}

interface Route {
  readonly route: string;
  readonly component: Component<never>;
  readonly title: PageOptions['title'];
  readonly middleware: readonly Middleware[];
  readonly layout: Layout | undefined;
  pipeline: Pipeline | undefined;
}

/** The route that matches a path. */
export interface RouteMatch {
  /** The registered pattern, or `unmatched` for the not-found page. */
  readonly route: string;
  readonly params: Params;
  readonly component: Component<never>;
  /** Outermost first. */
  readonly layouts: readonly Layout[];
  readonly title: PageOptions['title'];
  readonly definition: Route;
}

class Node {
  readonly statics = new Map<string, Node>();
  readonly params: Array<{ segment: Segment & { kind: 'param' }; node: Node }> = [];
  rest: { name: string; route: Route } | undefined;
  route: Route | undefined;
  layout: Layout | undefined;
}

/** The pages of an app, their middleware and their layouts. */
export class Router {
  private readonly root = new Node();
  private readonly global: Middleware[] = [];
  private missing: Route | undefined;

  /** Adds middleware that runs for all pages, in the order of registration. */
  use(middleware: Middleware): this {
    this.global.push(checked(middleware, 'use()'));
    for (const route of this.routes()) route.pipeline = undefined;
    return this;
  }

  /**
   * Registers the page of a pattern: `/products/:id`, `/:id(int)` (types int, uint, uuid, string)
   * or `/files/*rest`.
   *
   * @throws TypeError for a bad pattern, a pattern that is taken, or a component that is not a
   *   function
   */
  page<P extends string>(
    pattern: P,
    component: Component<PageProps<P>>,
    options: PageOptions<P> = {},
  ): this {
    const route = newRoute(pattern, component as Component<never>, options as PageOptions);
    let node = this.root;
    for (const segment of parsePattern(pattern)) {
      if (segment.kind === 'rest') {
        if (node.rest !== undefined) throw taken(pattern, node.rest.route);
        node.rest = { name: segment.name, route };
        return this;
      }
      node = step(node, segment);
    }
    if (node.route !== undefined) throw taken(pattern, node.route);
    node.route = route;
    return this;
  }

  /** Wraps all pages below a prefix, `/` for all; outer prefixes wrap inner ones. */
  layout(prefix: string, layout: Layout): this {
    if (typeof layout !== 'function')
      throw new TypeError(`layout(${JSON.stringify(prefix)}): the layout must be a function`);
    let node = this.root;
    for (const segment of parsePattern(prefix)) {
      if (segment.kind === 'rest')
        throw new TypeError(`layout(${JSON.stringify(prefix)}): a prefix has no catch-all`);
      node = step(node, segment);
    }
    node.layout = layout;
    return this;
  }

  /** Registers the page shown where no route matches. */
  notFound(component: Component<PageProps>, options: PageOptions = {}): this {
    this.missing = newRoute('unmatched', component as Component<never>, options);
    return this;
  }

  /**
   * The page of a canonical path. Static segments win over parameters, and parameters over
   * catch-alls.
   */
  match(path: string): RouteMatch | undefined {
    const segments = path === '/' ? [] : path.slice(1).split('/');
    return find(this.root, segments, 0, path, [], []);
  }

  /** Like `match`, but returns the not-found page, if there is one, where nothing matches. */
  lookup(path: string): RouteMatch | undefined {
    const found = this.match(canonicalPath(path).path);
    if (found !== undefined || this.missing === undefined) return found;
    return matchOf(this.missing, {}, this.root.layout === undefined ? [] : [this.root.layout]);
  }

  /** The middleware of a matched page, composed once. */
  pipeline({ definition }: RouteMatch): Pipeline {
    definition.pipeline ??= compose([...this.global, ...definition.middleware]);
    return definition.pipeline;
  }

  private *routes(node: Node = this.root): Iterable<Route> {
    if (node === this.root && this.missing !== undefined) yield this.missing;
    if (node.route !== undefined) yield node.route;
    if (node.rest !== undefined) yield node.rest.route;
    for (const next of node.statics.values()) yield* this.routes(next);
    for (const next of node.params) yield* this.routes(next.node);
  }
}

function newRoute(pattern: string, component: Component<never>, options: PageOptions): Route {
  if (typeof component !== 'function') {
    throw new TypeError(
      `Route ${JSON.stringify(pattern)}: the component must be a function, ` +
        `not ${String(component)}`,
    );
  }
  const { middleware = [], title, layout } = options;
  const list = typeof middleware === 'function' ? [middleware] : middleware;
  for (const entry of list) checked(entry, `Route ${JSON.stringify(pattern)}`);
  return { route: pattern, component, title, middleware: list, layout, pipeline: undefined };
}

function checked(middleware: Middleware, where: string): Middleware {
  if (typeof middleware !== 'function') {
    throw new TypeError(
      `${where}: middleware must be a function (ctx, next) => ..., not ${String(middleware)}`,
    );
  }
  return middleware;
}

function taken(pattern: string, by: Route): TypeError {
  return new TypeError(
    `Route ${JSON.stringify(pattern)} is taken by ${JSON.stringify(by.route)}; ` +
      'register each path once',
  );
}

function step(node: Node, segment: Exclude<Segment, { kind: 'rest' }>): Node {
  if (segment.kind === 'static') {
    let next = node.statics.get(segment.text);
    if (next === undefined) {
      next = new Node();
      node.statics.set(segment.text, next);
    }
    return next;
  }
  const same = node.params.find(
    ({ segment: other }) => other.name === segment.name && other.type === segment.type,
  );
  if (same !== undefined) return same.node;
  const next = new Node();
  node.params.push({ segment, node: next });
  return next;
}

function matchOf(route: Route, params: Params, layouts: readonly Layout[]): RouteMatch {
  return {
    route: route.route,
    params,
    component: route.component,
    layouts: route.layout === undefined ? layouts : [route.layout],
    title: route.title,
    definition: route,
  };
}

function find(
  node: Node,
  segments: string[],
  index: number,
  path: string,
  params: Array<[string, string]>,
  outer: readonly Layout[],
): RouteMatch | undefined {
  const layouts = node.layout === undefined ? outer : [...outer, node.layout];
  const segment = segments[index];
  if (segment === undefined) {
    return node.route === undefined
      ? undefined
      : matchOf(node.route, Object.fromEntries(params), layouts);
  }
  const value = decodeSegment(path, segment);
  const fixed = node.statics.get(value);
  const found = fixed && find(fixed, segments, index + 1, path, params, layouts);
  if (found !== undefined) return found;
  for (const { segment: param, node: next } of node.params) {
    // A decoded slash would make one segment look like two.
    if (value.includes('/') || !param.accepts(value)) continue;
    const deeper = find(next, segments, index + 1, path, [...params, [param.name, value]], layouts);
    if (deeper !== undefined) return deeper;
  }
  if (node.rest === undefined) return undefined;
  const rest = segments
    .slice(index)
    .map(part => decodeSegment(path, part))
    .join('/');
  return matchOf(node.rest.route, Object.fromEntries([...params, [node.rest.name, rest]]), layouts);
}
