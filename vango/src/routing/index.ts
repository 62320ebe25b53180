export { compose, type Middleware, type Pipeline } from './middleware';
export { type CanonicalPath, canonicalPath, InvalidPathError } from './path';
export type { PathParams } from './pattern';
export { type Layout, type PageOptions, type PageProps, type RouteMatch, Router } from './router';
export { resolveTarget, type Target } from './target';
