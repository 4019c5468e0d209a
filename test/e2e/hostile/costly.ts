import { CRAFTED } from './crafted.ts';
import { HANDSHAKE, INIT, message, upgrade } from './streams.ts';
import type { Attack, Target } from './target.ts';

const WITHIN_CRAFTED = (node: string) =>
  `{ transactions(filter: { data: [{ pushes: [{ equals: { utf8: "${CRAFTED}" } }] }] }, first: 2) { nodes { ${node} } } }`;
const SUMS = 'inputValue outputValue fee feeRate feeUnknown';

/** Cheap queries that take long if each part is computed again and again. */
const NODES: readonly ((size: number) => string)[] = [
  (size) => `outputs(first: ${size}) { transaction { outputs(first: ${size}) { data { __typename } } } }`,
  (size) => `outputs(first: ${size}) { transaction { outputs(first: ${size}) { data { pushCount pushes { hex } } } } }`,
  (size) => `outputs(first: ${size}) { transaction { ${SUMS} outputs(first: ${size}) { transaction { ${SUMS} } } } }`,
  (size) => `outputs(first: ${size}) { type address spentBy { index transaction { txid } } }`,
  (size) =>
    `outputs(first: ${size}) { transaction { outputs(first: ${size}) { transaction { outputs(first: ${size}) { value } } } } }`,
  (size) => `outputs(first: 10) { data { pushes(first: ${size}, offset: 97000) { utf8 base64 hex size opcode } } }`,
  () => 'conflicts { txid conflicts { txid conflicts { txid } } }',
  () => 'outputs { transaction { outputs { transaction { outputs { index value } } } } }',
  () => 'hex outputs { lockingScript } inputs { unlockingScript witness }',
];

export const costlyNodes: Attack = async (target) => {
  const query = WITHIN_CRAFTED(target.pick(NODES)(target.pick([1, 10, 100, 1_000])));
  await target.post('costly', JSON.stringify({ query }));
};

/** Queries that find nothing, or scan much. */
export const vainSearches: Attack = async (target) => {
  const query = 'query ($f: TransactionFilter) { transactions(filter: $f, first: 1) { nodes { txid } } }';
  const { random } = target;
  const filter = target.pick<object>([
    { txids: Array.from({ length: 1_000 }, () => Buffer.from(random.bytes(32)).toString('hex')) },
    { data: [{ pushes: [{ startsWith: { hex: Buffer.from(random.bytes(1)).toString('hex') } }] }] },
    { data: [{ pushes: Array.from({ length: 10 }, (_, index) => ({ index, equals: { utf8: CRAFTED } })) }] },
  ]);
  await target.post('vain', JSON.stringify({ query, variables: { f: filter } }));
};

const WORDS = 1_990;

/** Texts of 4 KB that take long to refuse, all different. */
const TEXTS: readonly ((n: number) => string)[] = [
  (n) => `{ b${n} ${'a '.repeat(WORDS)} }`,
  (n) => `{ a${n} ${'a '.repeat(WORDS)}`,
  (n) => `{ chain { x${n} ${'tip { hash } '.repeat(390)} } }`,
  (n) =>
    `{ ...f${n} } fragment f${n} on Query { ${'...f '.repeat(300)} } fragment f on Query { ${'chain { tip { hash } } '.repeat(100)} }`,
  (n) =>
    `{ chain { ${'...a ...b ...c '.repeat(100)} x${n} } } ${['a', 'b', 'c'].map((f) => `fragment ${f} on Chain { ${'lag '.repeat(200)} }`).join(' ')}`,
];

function text(target: Target): string {
  return target.pick(TEXTS)(target.random.below(1e9));
}

export const refusedTexts: Attack = async (target) => {
  const accept = target.pick(['application/json', 'text/event-stream']);
  await target.post('texts', JSON.stringify({ query: text(target) }), { accept });
};

/** Hundreds of such texts over one WebSocket. */
export const refusedMessages: Attack = async (target) => {
  const socket = await target.connect();
  socket.resume();
  socket.write(upgrade(target, HANDSHAKE));
  socket.write(INIT);
  for (let id = 0; id < 420; id++) {
    socket.write(message({ id: String(id), type: 'subscribe', payload: { query: text(target) } }));
  }
  await target.untilClosed(socket, 3_000);
  socket.destroy();
  target.told('texts over a socket', 'gone', '', '');
};

const begin = new WeakMap<Target, string>();

/** Requests all past events again and again, none of which match. */
export const replays: Attack = async (target) => {
  const after = begin.get(target) ?? (await cursorOf(target));
  begin.set(target, after);
  const query = `subscription ($after: EventCursor) {
    transactions(after: $after, filter: { data: [{ pushes: [{ index: 7, startsWith: { hex: "" } }] }] }) { kind }
  }`;
  const stop = AbortSignal.any([target.signal, AbortSignal.timeout(2_000)]);
  const response = await fetch(`${target.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-forwarded-for': target.source() },
    body: JSON.stringify({ query, variables: { after } }),
    signal: stop,
  });
  target.told('replays', response.status, '', query);
  await response.text().catch(() => {}); // the stream does not end before the connection
};

async function cursorOf(target: Target): Promise<string> {
  const response = await fetch(`${target.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.1' },
    body: JSON.stringify({ query: '{ chain { cursor } }' }),
  });
  const { data } = (await response.json()) as { data: { chain: { cursor: string } } };
  return data.chain.cursor;
}
