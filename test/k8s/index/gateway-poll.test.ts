import { expect, it } from 'vitest';
import { GatewayPoll, GatewaySilent } from '../../../k8s/operator/index/poll.ts';
import type { HostPace } from '../../../k8s/operator/runtime/outside-calls.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';
import { indexOf } from './support/objects.ts';

const POLL_MS = 5_000;

/** Gateways that never answer, and a clock that the test sets. */
class Silent {
  now = 1_000_000;
  asked = 0;
  readonly before = new Set<HostPace | undefined>();
  readonly poll: GatewayPoll;
  readonly context: ReconcileContext;

  constructor(reason?: string) {
    const conditions = reason === undefined ? [] : [{ type: 'Synced', status: 'Unknown', reason, message: '' }];
    const index = indexOf({ nodeRef: { name: 'node' }, store: { secretRef: { name: 'database' } } });
    this.poll = new GatewayPoll({ ...index, status: { conditions } } as never, POLL_MS);
    this.context = {
      steadyNow: () => this.now,
      outside: async (_: string, __: unknown, { before }: { before?: HostPace }) => {
        this.asked++;
        this.before.add(before);
        return new GatewaySilent('No gateway answers.');
      },
    } as unknown as ReconcileContext;
  }

  async secondsOf(seconds: number): Promise<number> {
    const { asked } = this;
    for (let n = 0; n < seconds; n++, this.now += 1_000) await this.poll.ask(this.context);
    return this.asked - asked;
  }
}

it('asks gateways that do not answer less and less often, and at once after a change', async () => {
  const silent = new Silent();
  expect(await silent.secondsOf(60)).toBeGreaterThanOrEqual(3);
  expect(await silent.secondsOf(3_600)).toBeLessThan(130);
  const { asked } = silent;
  silent.poll.hurry();
  await silent.poll.ask(silent.context);
  expect(silent.asked).toBe(asked + 1);
  expect(await silent.secondsOf(29)).toBe(0);
});

it('remembers gateways that were silent before this process began', async () => {
  const silent = new Silent('GatewaySilent');
  expect(await silent.secondsOf(29)).toBe(1);
  expect([...silent.before]).toEqual(['slow']);
  const others = [new Silent('AtTip'), new Silent()];
  for (const other of others) await other.secondsOf(1);
  expect(others.flatMap(({ before }) => [...before])).toEqual(['quick', undefined]);
});
