import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_CODE_FUNCTION_NAME,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_URL_PATH,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';
import type { ResolvedConfig } from '../config';
import { show, warnOnce } from '../messages';
import { isPromise, safely } from '../safely';
import type { VangoCtx } from '../types';

/** Names of span attributes: those of vango, and their twins in the semantic conventions. */
export const Attr = {
  VangoPath: 'vango.path',
  VangoRoute: 'vango.route',
  VangoSessionId: 'vango.session_id',
  EventType: 'vango.event_type',
  EventTarget: 'vango.event_target',
  UserId: 'vango.user_id',
  Component: 'vango.component',
  RenderCause: 'vango.render_cause',
  FunctionName: ATTR_CODE_FUNCTION_NAME,
  PatchCount: 'vango.patch_count',
  /** Bytes of the frames that carried the patches. */
  PatchBytes: 'vango.patch_bytes',
  /** Seconds that an event waited in the queue of its session. */
  QueueTime: 'vango.queue_time',
  /** Seconds in which what an event changed was rendered and compared with the page shown. */
  RenderTime: 'vango.render_time',
  HelloStatus: 'vango.hello_status',
  ResumeFailure: 'vango.resume_failure',
  UrlPath: ATTR_URL_PATH,
  HttpRoute: ATTR_HTTP_ROUTE,
  ErrorType: ATTR_ERROR_TYPE,
  ProtocolName: ATTR_NETWORK_PROTOCOL_NAME,
  UserAgent: ATTR_USER_AGENT_ORIGINAL,
  /** Still in development in the semantic conventions, so not one of their stable constants. */
  SessionId: 'session.id',
} as const;

/**
 * The attributes of a span that are known at its start, where samplers see them.
 *
 * @param attributes - those of its kind alone, to which others are added
 */
export function startAttributes(
  ctx: VangoCtx,
  config: ResolvedConfig,
  attributes: Attributes = {},
): Attributes {
  attributes[Attr.VangoPath] = ctx.path;
  attributes[Attr.UrlPath] = ctx.path;
  if (config.includeRoute) {
    attributes[Attr.VangoRoute] = ctx.route;
    attributes[Attr.HttpRoute] = ctx.route;
  }
  const { session, event } = ctx;
  if (session !== undefined) {
    attributes[Attr.VangoSessionId] = session.id;
    attributes[Attr.SessionId] = session.id;
  }
  if (event !== undefined) {
    attributes[Attr.EventType] = event.type;
    attributes[Attr.EventTarget] = event.hid;
  }
  if (config.includeUserId && ctx.user !== undefined) attributes[Attr.UserId] = ctx.user.id;
  const { attributeExtractor } = config;
  if (attributeExtractor !== undefined) {
    safely('extractor', 'the attributeExtractor', () => {
      const extracted: unknown = attributeExtractor(ctx);
      if (isPromise(extracted) || typeof extracted === 'string') {
        warnOnce(
          'the result of the attributeExtractor',
          `the attributeExtractor returned ${show(extracted)}, which adds nothing; ` +
            'return an object',
        );
        return extracted;
      }
      Object.assign(attributes, extracted);
      return undefined;
    });
  }
  return attributes;
}
