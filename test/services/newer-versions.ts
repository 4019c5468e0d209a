import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import type { KubernetesApi } from './kubernetes-api.ts';

interface NewerVersion {
  readonly group: string;
  readonly version: string;
  /** The version of kube-apiserver 1.20 with the same kind and fields. */
  readonly older: string;
  readonly plural: string;
  /** Fields of the spec that it lacks. */
  readonly lacks: readonly string[];
}

/** The kinds of a current kube-apiserver that BitQL uses and the one of the tests lacks. */
const NEWER_VERSIONS: readonly NewerVersion[] = [
  {
    group: 'policy',
    version: 'v1',
    older: 'v1beta1',
    plural: 'poddisruptionbudgets',
    lacks: ['unhealthyPodEvictionPolicy'],
  },
  { group: 'autoscaling', version: 'v2', older: 'v2beta2', plural: 'horizontalpodautoscalers', lacks: [] },
];

export const NEWER_GROUP_VERSIONS = NEWER_VERSIONS.map(({ group, version }) => `${version}.${group}`);

/**
 * Serves newer versions of built-in kinds from the older ones of kube-apiserver, with its storage, validation, defaults
 * and rights, as the calling user. Fields that the older version lacks are accepted and dropped.
 * @param certificate of the server, and its key: files with PEM
 */
export async function serveNewerVersions(
  api: KubernetesApi,
  certificate: { readonly cert: string; readonly key: string },
): Promise<AsyncDisposable & { readonly port: number }> {
  const [cert, key] = [readFileSync(certificate.cert), readFileSync(certificate.key)];
  const agent = new Agent({ ca: api.authority, keepAlive: true });
  const server = createServer({ cert, key }, (asked, answer) => {
    forward(api, agent, asked, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function forward(
  api: KubernetesApi,
  agent: Agent,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const kind = NEWER_VERSIONS.find(({ group, version }) => asked.url!.startsWith(`/apis/${group}/${version}`));
  if (kind === undefined) {
    answer.writeHead(404).end();
    return;
  }
  const newer = `${kind.group}/${kind.version}`;
  const older = `${kind.group}/${kind.older}`;
  const text = (await asked.setEncoding('utf8').toArray()).join('');
  const body = text === '' ? '' : JSON.stringify(toOlder(parse(text), kind)).replaceAll(`"${newer}"`, `"${older}"`);
  const headers = {
    authorization: `Bearer ${api.token}`,
    'impersonate-user': asked.headers['x-remote-user']!,
    'impersonate-group': asked.headersDistinct['x-remote-group'] ?? [],
    // Nothing here reads the binary format.
    accept:
      (asked.headers.accept ?? '*/*')
        .split(',')
        .filter((type) => !type.includes('protobuf'))
        .join(',') || '*/*',
    ...(body !== '' && { 'content-type': asked.headers['content-type']!, 'content-length': Buffer.byteLength(body) }),
  };
  const url = new URL(asked.url!.replace(`/apis/${newer}`, `/apis/${older}`), api.url);
  const got = await new Promise<IncomingMessage>((resolve, reject) => {
    const forwarded = request(url, { method: asked.method!, headers, agent }, resolve).on('error', reject);
    answer.on('close', () => forwarded.destroy());
    forwarded.end(body);
  });
  got.on('error', () => answer.destroy());
  answer.writeHead(got.statusCode!, { 'content-type': got.headers['content-type'] ?? 'application/json' });
  // Each line is an answer, or an event of a watch.
  for await (const line of createInterface(got)) answer.write(`${toNewer(line, kind, { newer, older })}\n`);
  answer.end();
}

/** Without the fields that the older version would refuse. */
function toOlder(object: { spec?: Record<string, unknown> }, { lacks }: NewerVersion): object {
  const { spec, ...rest } = object;
  if (spec === undefined || spec === null) return object;
  return { ...rest, spec: Object.fromEntries(Object.entries(spec).filter(([name]) => !lacks.includes(name))) };
}

function toNewer(line: string, { plural }: NewerVersion, { newer, older }: { newer: string; older: string }): string {
  const text = line.replaceAll(`"${older}"`, `"${newer}"`);
  if (!text.startsWith('{"kind":"APIResourceList"')) return text;
  const { resources, ...list } = JSON.parse(text) as { resources: readonly { name: string }[] };
  return JSON.stringify({ ...list, resources: resources.filter(({ name }) => name.split('/')[0] === plural) });
}
