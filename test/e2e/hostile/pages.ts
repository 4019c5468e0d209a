import { HANDSHAKE } from './streams.ts';
import type { Attack, Target } from './target.ts';

const QUERY = JSON.stringify({ query: '{ chain { lag } }' });
const MUTATION = JSON.stringify({ query: 'mutation { broadcastTransaction(raw: "00") }' });
const LINK = `/graphql?query=${encodeURIComponent('{chain{lag}}')}`;

/** Origins of pages that are not from this machine, or claim that. */
const ORIGINS = [
  ...['https://evil.example', 'http://evil.example:4000', 'null', 'file://', 'http://localhost.evil.example'],
  ...['http://localhost@evil.example', 'http://127.0.0.1.evil.example', 'http://[::2]', 'http://192.168.0.1', 'x'],
  ...[
    'http://localhost:3000, https://evil.example',
    'https://evil.example\r\norigin: http://localhost:3000',
    '//localhost',
  ],
];
/** Names that a stranger can direct to this machine. */
const HOSTS = [
  ...[
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    'localhost@evil.example',
    '[::2]',
    '192.168.0.1',
    ']',
  ],
  ...['evil.example\r\nhost: localhost', 'localhost\r\nhost: evil.example', '127.0.0.1.evil.example', '0x7f.1', ''],
];
const WAYS: readonly ((body: string) => readonly [start: string, lines: readonly string[], body: string])[] = [
  (body) => ['POST /graphql HTTP/1.1', ['content-type: application/json'], body],
  (body) => ['POST /graphql HTTP/1.1', ['content-type: application/json', 'accept: text/event-stream'], body],
  (body) => ['POST http://localhost/graphql HTTP/1.1', ['content-type: application/json'], body],
  () => [`GET ${LINK} HTTP/1.1`, ['accept: text/event-stream'], ''],
  () => [`GET ${LINK} HTTP/1.1`, [], ''],
  () => ['OPTIONS /graphql HTTP/1.1', ['access-control-request-method: POST'], ''],
  () => ['GET /graphql HTTP/1.1', HANDSHAKE, ''],
];

/** Requests that a page of a stranger, or one whose name leads to this machine, makes a developer's browser send. */
export const pages: Attack = async (target) => {
  const [start, lines, body] = target.pick(WAYS)(target.pick([QUERY, MUTATION]));
  const rebinds = target.random.below(2) === 0;
  const host = rebinds ? target.pick(HOSTS) : target.host;
  const origin = rebinds
    ? target.pick([`origin: http://${host}`, 'accept-language: en'])
    : `origin: ${target.pick(ORIGINS)}`;
  const all = [start, `host: ${host}`, origin, `x-forwarded-for: ${target.source()}`, ...lines];
  if (lines !== HANDSHAKE) all.push('connection: close');
  refused(
    target,
    await target.exchange('pages', [[...all, `content-length: ${body.length}`, '', ''].join('\r\n'), body]),
    all,
  );
};

function refused(target: Target, answer: string, sent: readonly string[]): void {
  if (/^HTTP\/1\.1 (101|2\d\d)|access-control-allow-origin/im.test(answer)) {
    target.faults.push(`A page was let in: ${answer.slice(0, 300)} TO ${sent.join(' | ')}`);
  }
}
