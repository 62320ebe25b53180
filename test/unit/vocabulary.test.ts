import { expect } from 'chai';
import { CATALOGUE, type MetricDefinition } from '../../src/metrics/catalogue';
import * as vango from '../../vango/src';
import { EVENT_TYPES } from '../../vango/src/protocol';

const DEFINITIONS: readonly MetricDefinition[] = Object.values(CATALOGUE);

/** The closed set of values of a label. */
function valuesOf(prometheusName: string, label: string): string[] {
  const definition = DEFINITIONS.find(each => each.prometheusName === prometheusName);
  const found = definition?.labels.find(({ name }) => name === label);
  return found !== undefined && 'values' in found ? [...found.values].sort() : [];
}

describe('the catalogue and the runtime', () => {
  for (const [metric, label, values] of [
    ['vango_events_total', 'type', Object.keys(EVENT_TYPES)],
    ['vango_session_resume_failed_total', 'reason', vango.RESUME_FAILURE_REASONS],
    ['vango_websocket_errors_total', 'type', vango.WEBSOCKET_ERROR_TYPES],
    ['vango_patch_mismatch_total', 'reason', vango.PATCH_MISMATCH_REASONS],
    ['vango_schema_mismatch_total', 'reason', vango.SCHEMA_MISMATCH_REASONS],
    ['vango_persist_write_rejected_total', 'reason', vango.PERSIST_REJECT_REASONS],
    ['vango_cold_deploy_ack_total', 'source', vango.COLD_DEPLOY_ACK_SOURCES],
    ['vango_signal_write_violation_total', 'reason', vango.WRITE_VIOLATION_REASONS],
    ['vango_signal_write_violation_total', 'operation', vango.SIGNAL_OPERATIONS],
    ['vango_connects_total', 'kind', vango.CONNECT_KINDS],
    ['vango_connects_total', 'status', vango.CONNECT_STATUSES],
    ['vango_page_duration_seconds', 'status', vango.PAGE_STATUSES],
    ['vango_connection_duration_seconds', 'end', vango.CONNECTION_ENDS],
    ['vango_network_io_bytes_total', 'direction', vango.NETWORK_DIRECTIONS],
    ['vango_session_duration_seconds', 'end', vango.SESSION_ENDS],
    ['vango_sessions_created_total', 'origin', vango.SESSION_ORIGINS],
    ['vango_resyncs_total', 'cause', vango.RESYNC_CAUSES],
    ['vango_budget_refusals_total', 'kind', vango.REFUSED_WORK],
    ['vango_store_operation_duration_seconds', 'operation', vango.STORE_OPERATIONS],
    ['vango_store_operation_duration_seconds', 'outcome', vango.STORE_OUTCOMES],
  ] as const) {
    it(`have the same values of ${label} of ${metric}`, () =>
      expect(valuesOf(metric, label)).to.deep.equal([...values].sort()));
  }

  it('have the same methods', () => {
    const methods = DEFINITIONS.flatMap(({ method, opener }) =>
      [method ?? [], opener ?? []].flat(),
    );
    expect(methods.sort()).to.deep.equal(Object.keys(vango.NOOP_METRICS).sort());
  });
});
