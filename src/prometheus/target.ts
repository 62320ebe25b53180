import type { Attributes } from '@opentelemetry/api';
import { type Labels, labelsOf } from './labels';

/** Attributes of the resource that may be published. Others tell of the host or of its users. */
const PUBLISHED = /^(?:service|deployment|telemetry|process\.runtime)\./;

/** The labels of `target_info`. */
export function targetLabels(attributes: Attributes): Labels {
  const published = Object.entries(attributes).filter(([name]) => PUBLISHED.test(name));
  return labelsOf(Object.fromEntries(published), false);
}
