import type { RouteMatch } from '../routing';
import type { App } from '../server/app';
import { type Component, h, type VNode } from '../vdom';
import type { Ctx } from './ctx';
import type { DocumentProps } from './document';

/**
 * A page for one visit. It is a component of its own each time, so that nothing a page remembers
 * outlives the visit.
 */
function visitOf<P>(page: Component<P>): Component<P> {
  const visit: Component<P> = props => page(props);
  return Object.defineProperty(visit, 'name', { value: page.name });
}

/** The document of a matched page: the page inside its layouts. Layouts stay mounted between pages that share them, pages do not. */
export function documentProps(app: App, match: RouteMatch, ctx: Ctx): DocumentProps {
  const props = { params: match.params, query: ctx.query, path: ctx.path };
  const page = h(visitOf(match.component as Component<object>), props);
  const content = match.layouts.reduceRight<VNode>(
    (child, layout) => h(layout as Component<object>, props, child),
    page,
  );
  const { title } = match;
  return {
    title: typeof title === 'function' ? title(props) : (title ?? app.title),
    lang: app.lang,
    content,
  };
}
