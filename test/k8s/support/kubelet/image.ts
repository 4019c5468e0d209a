import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');
/** Where containers have it: one below /tmp would be hidden by what Pods mount there. */
export const CHECKOUT_INSIDE = '/opt/bitql';

/** What a runtime needs to know of an image. */
export interface ImageConfig {
  /** What is run where a container gives arguments alone. */
  entrypoint(args: readonly string[]): readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Nothing is pulled: the images of this project and of bitcoind are known by their names, and their programs are those of
 * the checkout and of test/services. Any other image has this machine's programs, and is run as root by default.
 */
export function imageOf(name: string): ImageConfig {
  if (/(^|\/)bitql([:@]|$)/.test(name)) return bitql();
  const plain = { env: {}, workingDir: '/', uid: 0, gid: 0 };
  if (!/bitcoin/i.test(name)) return { ...plain, entrypoint: (args) => args };
  // As the images of Bitcoin Core do it: with nothing but flags they run the daemon.
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
