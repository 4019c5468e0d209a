import { describe, expect, it } from 'vitest';
import { type Finding, withFindings } from '../../../k8s/api/conditions.ts';

const ready = (status: Finding['status'], reason: string): Finding => ({ type: 'Ready', status, reason, message: '' });
const EARLIER = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T00:01:00Z';

describe('conditions', () => {
  it('keep the time of their last transition while their status stays, whatever the reason', () => {
    const before = withFindings([], [ready('False', 'Starting')], { generation: 1, now: EARLIER });
    const after = withFindings(before, [ready('False', 'Failed')], { generation: 2, now: LATER });
    expect(after).toEqual([{ ...ready('False', 'Failed'), lastTransitionTime: EARLIER, observedGeneration: 2 }]);
  });

  it('move it when their status changes', () => {
    const before = withFindings([], [ready('False', 'Starting')], { generation: 1, now: EARLIER });
    const [after] = withFindings(before, [ready('True', 'AllReady')], { generation: 1, now: LATER });
    expect(after?.lastTransitionTime).toBe(LATER);
  });

  it('have messages that their schema allows', () => {
    const long = { ...ready('False', 'Failed'), message: 'x'.repeat(5_000) };
    expect(withFindings([], [long], { generation: 1, now: EARLIER })[0]?.message.length).toBe(1_024);
  });
});
