/** An alert that makes others needless, with the labels that they must share. */
export interface Inhibition {
  readonly source: string;
  /** Names of alerts; `all` others otherwise. */
  readonly targets: readonly string[] | 'all';
  readonly equal: readonly string[];
  readonly why: string;
}

const JOB = ['job'] as const;

/** Which alerts hide which. */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    source: 'VangoMetricsAbsent',
    targets: 'all',
    equal: [],
    why: 'what they say is of the time before',
  },
  {
    source: 'VangoMassDisconnect',
    targets: ['VangoReconnectStorm', 'VangoDetachedPileup'],
    equal: JOB,
    why: 'browsers that lost their connection come back, or wait',
  },
  {
    source: 'VangoStoreFailing',
    targets: ['VangoResumeBroken', 'VangoResumeFailing', 'VangoStoreSlow'],
    equal: JOB,
    why: 'a session that cannot be loaded cannot be resumed',
  },
  {
    source: 'VangoEventLoopBlocked',
    targets: ['VangoPerceivedSlow', 'VangoEventsWaiting'],
    equal: JOB,
    why: 'everything waits for the event loop',
  },
  ...['EventErrors', 'EventLatency'].map(objective => ({
    source: `Vango${objective}BurnFast`,
    targets: ['Medium', 'Slow', 'Trickle'].map(burn => `Vango${objective}Burn${burn}`),
    equal: JOB,
    why: 'it is the same budget, and this is the most urgent',
  })),
  ...['EventErrors', 'EventLatency'].map(objective => ({
    source: `Vango${objective}BurnMedium`,
    targets: ['Slow', 'Trickle'].map(burn => `Vango${objective}Burn${burn}`),
    equal: JOB,
    why: 'it is the same budget, and this is more urgent',
  })),
];
