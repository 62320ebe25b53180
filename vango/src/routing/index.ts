export { compose, type Middleware, type Pipeline } from './middleware';
export { canonicalPath, InvalidPathError } from './path';
export { type Layout, type PageOptions, type PageProps, type RouteMatch, Router } from './router';
export { resolveTarget, type Target } from './target';
