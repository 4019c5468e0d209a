import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');
/** Its path in containers: one below /tmp would be hidden by mounts of Pods. */
export const CHECKOUT_INSIDE = '/opt/bitql';

/** The part of an image's configuration that a runtime needs. */
export interface ImageConfig {
  /** The program if a container has only arguments. */
  entrypoint(args: readonly string[]): readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Nothing is pulled. The images of this project and of bitcoind are recognised by name; their programs come from the
 * checkout and from test/services. Any other image has this machine's programs and runs as root by default.
 */
export function imageOf(name: string): ImageConfig {
  if (/(^|\/)bitql([:@]|$)/.test(name)) return bitql();
  const plain = { env: {}, workingDir: '/', uid: 0, gid: 0 };
  if (!/bitcoin/i.test(name)) return { ...plain, entrypoint: (args) => args };
  // Like the images of Bitcoin Core: with only flags it runs the daemon.
  return { ...plain, entrypoint: (args) => (args[0]?.startsWith('-') === false ? args : ['bitcoind', ...args]) };
}

function bitql(): ImageConfig {
  const dockerfile = readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8');
  const last = (instruction: string) => [...dockerfile.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].at(-1)![1]!;
  const [uid, gid] = last('USER').split(':').map(Number);
  const entrypoint: string[] = JSON.parse(last('ENTRYPOINT'));
  return {
    entrypoint: (args) => [...entrypoint, ...args],
    env: Object.fromEntries(
      last('ENV')
        .split(' ')
        .map((assignment) => assignment.split('=')),
    ),
    workingDir: last('WORKDIR'),
    uid: uid!,
    gid: gid!,
  };
}
