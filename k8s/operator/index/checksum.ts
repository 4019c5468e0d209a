import { createHmac } from 'node:crypto';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { encoded } from '../node/login.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { childOf, partName } from './names.ts';

/** Of a Pod template: what the Pods read only when they start, so that they are replaced when it changes. */
export const CHECKSUM_ANNOTATION = 'bitql.dev/config-checksum';
export const SALT_KEY = 'salt';

/** Tells whether secrets and files changed, and nothing else about them. */
export function checksum(salt: string, texts: readonly (string | null)[]): Record<string, string> {
  const digest = createHmac('sha256', salt).update(JSON.stringify(texts)).digest('hex');
  return { [CHECKSUM_ANNOTATION]: digest.slice(0, 32) };
}

/** Keeps the salt, so that an operator that starts anew makes the same checksums. */
export function saltSecret(index: BitcoinIndex, salt: string): KubernetesObject {
  const child = { apiVersion: 'v1', kind: 'Secret', name: partName(index, 'checksum') };
  return childOf(index, child, { type: 'Opaque', data: encoded({ [SALT_KEY]: salt }) });
}
