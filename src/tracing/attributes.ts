import type { Attributes } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_HTTP_ROUTE, ATTR_URL_PATH } from '@opentelemetry/semantic-conventions';
import type { ResolvedConfig } from '../config';
import type { VangoCtx } from '../internal-types';
import { isPromise, safely, show, warnOnce } from '../safely';

/**
 * Names of span attributes: vango's own, and the semantic conventions' where they have a word for
 * it.
 */
export const Attr = {
  Path: 'vango.path',
  Route: 'vango.route',
  SessionId: 'vango.session_id',
  EventType: 'vango.event_type',
  EventTarget: 'vango.event_target',
  UserId: 'vango.user_id',
  PatchCount: 'vango.patch_count',
  HelloStatus: 'vango.hello_status',
  ResumeFailure: 'vango.resume_failure',
  UrlPath: ATTR_URL_PATH,
  HttpRoute: ATTR_HTTP_ROUTE,
  ErrorType: ATTR_ERROR_TYPE,
  /** In development in the semantic conventions, so not among their stable constants. */
  Session: 'session.id',
} as const;

/** Attributes of a unit of work that are known at its start, where samplers see them. */
export function startAttributes(ctx: VangoCtx, config: ResolvedConfig): Attributes {
  const attributes: Attributes = { [Attr.Path]: ctx.path, [Attr.UrlPath]: ctx.path };
  if (config.includeRoute) {
    attributes[Attr.Route] = ctx.route;
    attributes[Attr.HttpRoute] = ctx.route;
  }
  const { session, event } = ctx;
  if (session !== undefined) {
    attributes[Attr.SessionId] = session.id;
    attributes[Attr.Session] = session.id;
  }
  if (event !== undefined) {
    attributes[Attr.EventType] = event.type;
    attributes[Attr.EventTarget] = event.hid;
  }
  if (config.includeUserId && ctx.user !== undefined) attributes[Attr.UserId] = ctx.user.id;
  const { attributeExtractor } = config;
  if (attributeExtractor !== undefined) {
    safely('the attributeExtractor', () => {
      const extracted: unknown = attributeExtractor(ctx);
      if (isPromise(extracted) || typeof extracted === 'string') {
        warnOnce(
          'what the attributeExtractor gives',
          `the attributeExtractor gave ${show(extracted)}, which adds nothing; have it give an object at once`,
        );
        return extracted;
      }
      Object.assign(attributes, extracted);
      return undefined;
    });
  }
  return attributes;
}
