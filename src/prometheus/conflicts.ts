import { operatorLine } from '../messages';

/** Conflicts reported at most: labels may cause ever new ones. */
const MAX_CONFLICTS = 20;

/** Reports what cannot be written as it is, each thing once. */
export class Conflicts {
  private readonly reported = new Set<string>();

  readonly report = (conflict: string): void => {
    const { size } = this.reported;
    if (size > MAX_CONFLICTS || this.reported.has(conflict)) return;
    this.reported.add(conflict);
    operatorLine(
      size < MAX_CONFLICTS ? `metrics: ${conflict}` : 'metrics: further conflicts are not reported',
    );
  };
}
