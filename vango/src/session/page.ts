import type { RouteMatch } from '../routing';
import type { App } from '../server/app';
import { type Component, h, type VNode } from '../vdom';
import type { Ctx } from './ctx';
import type { DocumentProps } from './document';

let visits = 0;

/** The document of a matched page: the page inside its layouts. Layouts stay mounted between pages that share them, pages do not. */
export function documentProps(app: App, match: RouteMatch, ctx: Ctx): DocumentProps {
  const props = { params: match.params, query: ctx.query, path: ctx.path };
  const page = h(match.component as Component<object>, { ...props, key: `visit${visits++}` });
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
