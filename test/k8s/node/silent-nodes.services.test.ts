import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, it, vi } from 'vitest';
import { until } from '../../../dev/until.ts';
import { describeWith } from '../../services/suite.ts';
import { nodeSuite } from './support/node-suite.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SILENT = 12;

/** A node that accepts connections and never answers. */
class SilentNode implements AsyncDisposable {
  readonly #server: Server;
  accepted = 0;
  /** How many callers gave up. */
  givenUp = 0;

  private constructor() {
    this.#server = createServer((socket) => {
      this.accepted++;
      socket.on('error', () => {}).on('close', () => this.givenUp++);
      socket.resume();
    });
  }

  static async start(): Promise<SilentNode> {
    const node = new SilentNode();
    await new Promise<void>((resolve) => node.#server.listen(0, '127.0.0.1', resolve));
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

describeWith(
  'kubernetes',
  'kubectl',
  'bitcoind',
)('nodes that never answer', (services) => {
  const suite = nodeSuite(services, 3);

  it('do not delay others', async () => {
    await using stack = new AsyncDisposableStack();
    const silent = await Promise.all(Array.from({ length: SILENT }, () => SilentNode.start()));
    for (const one of silent) stack.use(one);
    const stage = stack.use(await suite.open('silent-nodes'));
    await stage.applyLogin('login', 'a', 'b');
    const spec = (url: string) => ({ network: 'Regtest', external: { url, secretRef: { name: 'login' }, zmq: [] } });
    await Promise.all(silent.map(({ url }, n) => stage.applyNode(`silent-${n}`, spec(url) as never)));
    // Each of them has an open call.
    await until('all to be asked', () => silent.every(({ accepted }) => accepted > 0));
    await stage.applyExternal('main', suite.node);
    await stage.untilCondition('main', 'Ready', 'True');
    const [hash] = await suite.node.mine(1);
    const givenUp = () => silent.reduce((sum, one) => sum + one.givenUp, 0);
    const before = givenUp();
    await stage.untilStatus('main', 'to have the new block', ({ chain }) => chain?.bestBlockHash === hash);
    // If workers waited, a dozen calls would have had to end first.
    expect(givenUp() - before).toBeLessThan(SILENT);
    for (let n = 0; n < SILENT; n++) await stage.untilCondition(`silent-${n}`, 'RPCReachable', 'False', 'Timeout');
  });
});
