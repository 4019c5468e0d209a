import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BitcoinNodeCondition, BitcoinNodeStatus } from '../../../k8s/api/bitcoin-node.ts';
import type { BitcoinNode } from '../../../k8s/api/kinds.ts';
import type { NodeSituation } from '../../../k8s/operator/node/findings.ts';
import type { NodeAnswers } from '../../../k8s/operator/node/observe.ts';
import type { NodeSilence } from '../../../k8s/operator/node/silence.ts';
import { nodeDueAfterMs, nodeStatus, sinceWrittenMs } from '../../../k8s/operator/node/status.ts';
import { describeWith } from '../../services/suite.ts';
import { Admission } from '../support/admission.ts';
import { nodeOf, type WrittenNode } from './support/some-node.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const HASH = 'a'.repeat(64);

const READY = { isReady: true, isCurrent: true };
const CHILDREN: NodeSituation['children'] = { obstacle: null, notServed: [], pod: READY, volumeCapacity: '1Ti' };
const FORBIDDEN = { condition: 'Reconciled', reason: 'Forbidden', message: 'x', isFinal: true };

type Chain = NodeAnswers['chain'];

function answersOf({
  chain,
  ...more
}: Partial<Omit<NodeAnswers, 'chain'>> & { chain?: Partial<Chain> } = {}): NodeAnswers {
  return {
    chain: {
      name: 'main',
      blocks: 900_000,
      headers: 900_000,
      bestBlockHash: HASH,
      medianTime: NOW / 1_000 - 4_000,
      chainWork: 0xfn,
      signetChallenge: null,
      initialBlockDownload: false,
      progressPermille: 999,
      pruned: false,
      pruneHeight: null,
      sizeOnDisk: '700000000000',
      ...chain,
    },
    bestBlockTime: NOW / 1_000 - 300,
    network: { version: '29.3', userAgent: '/Satoshi:29.3.0/', protocolVersion: 70_016, peers: null },
    peers: { inbound: 1, outbound: 10 },
    tips: [{ hash: HASH, height: 900_000, branchLength: 0, status: 'active' }],
    split: null,
    unheard: [],
    ...more,
  };
}

function calledItself(userAgent: string): NodeAnswers {
  const answers = answersOf();
  return { ...answers, network: { ...answers.network, userAgent } };
}

interface Given extends Partial<Omit<NodeSituation, 'node' | 'observation'>> {
  readonly spec?: WrittenNode;
  readonly before?: BitcoinNodeStatus;
  readonly answers?: NodeAnswers;
  readonly silence?: NodeSilence;
}

function statusOf({ spec = {}, before, answers, silence, ...more }: Given = {}): BitcoinNodeStatus {
  const node: BitcoinNode = { ...nodeOf(spec), ...(before && { status: before }) };
  const observation = silence ? { answers: null, silence } : { answers: answers ?? answersOf(), silence: null };
  return nodeStatus({ node, children: CHILDREN, observation, now: NOW, ...more });
}

function conditionOf({ conditions = [] }: BitcoinNodeStatus, type: BitcoinNodeCondition): string {
  const { status, reason } = conditions.find((condition) => condition.type === type)!;
  return `${status} ${reason}`;
}

describe('a condition', () => {
  const download = { initialBlockDownload: true };
  const silence: NodeSilence = { reason: 'WarmingUp', message: 'bitcoind is starting: Loading block index...' };

  it.each<[BitcoinNodeCondition, string, Given]>([
    ['Ready', 'True Ready', {}],
    ['Ready', 'False WarmingUp', { silence }],
    ['Ready', 'False CatchingUp', { answers: answersOf({ chain: { headers: 900_003 } }) }],
    ['Ready', 'False TooFewPeers', { spec: { sync: { minPeers: 12 } } }],
    ['Ready', 'False WrongChain', { spec: { implementation: 'BitcoinCashNode' } }],
    ['Ready', 'True Ready', { answers: calledItself('/Satoshi:29.3.0(UASF-NotBCH; Bitcoin SV)/') }],
    ['Ready', 'True Ready', { answers: calledItself('/Mine:1.0(Knuth)/') }],
    ['Ready', 'False Stopped', { spec: { desiredState: 'Stopped' } }],
    ['Synced', 'True AtTip', { answers: answersOf({ chain: { headers: 900_002 } }) }],
    ['Synced', 'False HeadersSync', { answers: answersOf({ chain: { blocks: 0, headers: 0, ...download } }) }],
    ['Synced', 'False InitialBlockDownload', { answers: answersOf({ chain: { blocks: 5, ...download } }) }],
    // A node that does not report it counts as downloading while its newest block is a day old.
    [
      'Synced',
      'False InitialBlockDownload',
      { answers: answersOf({ chain: { initialBlockDownload: null, blocks: 5 }, bestBlockTime: NOW / 1_000 - 90_000 }) },
    ],
    ['Synced', 'True AtTip', { answers: answersOf({ chain: { initialBlockDownload: null } }) }],
    ['Synced', 'Unknown NotAnswering', { silence }],
    ['ChainSplit', 'False NoRival', { answers: answersOf({ chain: { headers: 950_000 } }) }],
    ['TipStale', 'False Fresh', {}],
    ['TipStale', 'True NoNewBlock', { answers: answersOf({ bestBlockTime: NOW / 1_000 - 7_201 }) }],
    ['TipStale', 'Unknown Syncing', { answers: answersOf({ chain: download, bestBlockTime: 0 }) }],
    ['StoragePressure', 'False EnoughSpace', {}],
    ['StoragePressure', 'True NearlyFull', { answers: answersOf({ chain: { sizeOnDisk: '1050000000000' } }) }],
    ['StoragePressure', 'Unknown NotKnown', { answers: answersOf({ chain: { sizeOnDisk: null } }) }],
    ['Available', 'False PodNotReady', { children: { ...CHILDREN, pod: { isReady: false, isCurrent: true } } }],
    ['Reconciling', 'True Updating', { children: { ...CHILDREN, pod: { isReady: true, isCurrent: false } } }],
    ['Stalled', 'True Forbidden', { children: { ...CHILDREN, obstacle: FORBIDDEN } }],
    [
      'AllKindsServed',
      'False NotServed',
      { children: { ...CHILDREN, notServed: ['PodDisruptionBudget of policy/v1'] } },
    ],
  ])('%s is %s', (type, wanted, given) => {
    expect(conditionOf(statusOf(given), type)).toBe(wanted);
  });

  it('keeps the time since when it holds', () => {
    const before = statusOf({ now: NOW - 60_000 });
    const after = statusOf({ before, answers: answersOf({ bestBlockTime: 0 }) });
    const since = (status: BitcoinNodeStatus, type: string) =>
      status.conditions!.find((condition) => condition.type === type)!.lastTransitionTime;
    expect(since(after, 'Synced')).toBe('2026-06-01T11:59:00Z');
    expect(since(after, 'TipStale')).toBe('2026-06-01T12:00:00Z');
  });
});

describeWith('kubernetes')('the API server', () => {
  it('accepts a status, whatever the node says', async () => {
    const admission = await Admission.open();
    const text = fc.string({ minLength: 1, maxLength: 300 });
    const number = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    const tips = fc.array(number.map((height) => ({ hash: HASH, height, branchLength: 0, status: 'valid-fork' })));
    await fc.assert(
      fc.asyncProperty(number, number, tips, text, async (blocks, more, tips, message) => {
        const headers = Math.min(blocks + more, 2 ** 31 - 1);
        const said = answersOf({
          chain: { blocks, headers, progressPermille: 0 },
          tips,
          unheard: [{ name: 'x', why: message }],
        });
        for (const given of [
          { answers: said },
          { silence: { reason: 'Timeout', message: message.repeat(10) } as const },
        ]) {
          expect(await admission.ofStatus({ ...nodeOf({}), status: statusOf(given) })).toBe('');
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a status', () => {
  it("keeps the node's last answers while it does not answer", () => {
    const before = statusOf({ now: NOW - 60_000 });
    const { chain, node, peers, tips } = statusOf({ before, silence: { reason: 'Refused', message: 'x' } });
    expect({ chain, node, peers, tips }).toEqual({
      chain: before.chain,
      node: before.node,
      peers: before.peers,
      tips: before.tips,
    });
  });

  it('has the time since when the chain is split, until the split is over', () => {
    const split = {
      reason: 'LocalFork' as const,
      forkHeight: 899_990,
      depth: 9,
      competingTip: 'b'.repeat(64),
      witnesses: [{ name: 'self', height: 899_999, hash: 'b'.repeat(64) }],
    };
    const first = statusOf({ answers: answersOf({ split }), now: NOW - 60_000 });
    const second = statusOf({ before: first, answers: answersOf({ split }) });
    expect(second.split).toMatchObject({ since: '2026-06-01T11:59:00Z', forkHeight: 899_990, depth: 9 });
    expect(statusOf({ before: second }).split).toBeUndefined();
  });
});

describe('writing a status', () => {
  const written = statusOf();
  const at = (seconds: number) => NOW + seconds * 1_000;
  const later = (seconds: number, chain: Partial<Chain>, more: Given = {}) =>
    statusOf({ before: written, answers: answersOf({ chain }), now: at(seconds), ...more });

  const isDue = (before: BitcoinNodeStatus | undefined, after: BitcoinNodeStatus, sinceMs: number) =>
    sinceMs >= nodeDueAfterMs(before, after);

  it('is delayed by some seconds for a new block, longer while the chain is fetched, and not for changes that people wait for', () => {
    const block = { bestBlockHash: 'c'.repeat(64), blocks: 900_001, headers: 900_001 };
    expect(isDue(undefined, written, 0)).toBe(true);
    expect(isDue(written, later(4, block), 4_000)).toBe(false);
    expect(isDue(written, later(5, block), 5_000)).toBe(true);
    const fetching = { initialBlockDownload: true, blocks: 100 };
    const first = later(0, fetching);
    const next = later(29, { ...fetching, ...block, blocks: 900 });
    expect(isDue(first, next, 29_000)).toBe(false);
    expect(isDue(first, next, 30_000)).toBe(true);
    expect(
      isDue(written, statusOf({ before: written, now: at(1), silence: { reason: 'Refused', message: 'x' } }), 1_000),
    ).toBe(true);
  });

  it('is skipped when nothing is new, in whatever order the API server returns fields', () => {
    const shuffled = Object.fromEntries(Object.entries(written).reverse()) as BitcoinNodeStatus;
    expect(isDue(shuffled, later(3_600, {}), 3_600_000)).toBe(false);
    const trifle = later(299, { sizeOnDisk: '700000000001' });
    expect(isDue(written, trifle, 299_000)).toBe(false);
    expect(isDue(written, trifle, 300_000)).toBe(true);
  });

  it('does not wait for a clock that was ahead where the last process ran', () => {
    expect(sinceWrittenMs(written, at(3))).toBe(3_000);
    expect(sinceWrittenMs(written, at(-3_600))).toBe(Number.POSITIVE_INFINITY);
    expect(sinceWrittenMs(undefined, at(0))).toBeGreaterThan(300_000);
  });
});
