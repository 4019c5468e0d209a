import { join } from 'node:path';
import { run } from '../cli/support.ts';
import { ROOT } from './image.ts';

export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly networks: Readonly<Record<string, unknown>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string; readonly target: number }[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
}

/** The network's range, and the range of dynamically assigned addresses. */
interface AddressRange {
  readonly subnet: string;
  readonly ip_range?: string;
}

export interface Composition {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<
    Record<string, { readonly internal?: boolean; readonly ipam?: { readonly config?: readonly AddressRange[] } }>
  >;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

/**
 * docker-compose.yml as docker-compose resolves it. @param profiles in the form of COMPOSE_PROFILES; default: those of
 * .env
 */
export async function composition(tools: string, profiles?: string): Promise<Composition> {
  const env = profiles === undefined ? {} : { COMPOSE_PROFILES: profiles };
  const { code, stdout, stderr } = await run(join(tools, 'docker-compose'), ['config', '--format', 'json'], {
    cwd: ROOT,
    env,
  });
  if (code !== 0 || stderr !== '') throw new Error(`docker-compose config ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
