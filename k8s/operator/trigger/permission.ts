import { BitqlError } from '../../../src/errors.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import { groupOf, type Resource } from '../runtime/resource.ts';

/** Something that is done to objects of a kind in a namespace. */
export interface Act {
  readonly verb: 'create' | 'delete' | 'list';
  readonly resource: Resource;
  readonly namespace: string;
  /** The service account in whose name it is done [the operator's own]. */
  readonly as?: string | undefined;
}

const RETRY_MS = 30_000;

/**
 * Does it. That it is not allowed, or that the object is refused, is an obstacle, which says what to do.
 * @throws ObstacleError Allowed, Stalled; what else keeps the cluster from doing it
 */
export async function permitted<T>(act: Act, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof BitqlError)) throw error;
    if (error.code === 'CLUSTER_FORBIDDEN') throw forbidden(act, error);
    if (error.code !== 'CLUSTER_REFUSED') throw error;
    const finding = {
      condition: 'Stalled',
      reason: 'ObjectRefused',
      message: error.message,
      isFinal: true,
      retryMs: RETRY_MS,
    } as const;
    throw new ObstacleError('CLUSTER_REFUSED', finding, error);
  }
}

function forbidden(act: Act, error: BitqlError): ObstacleError {
  const { reason, advice } = adviceFor(act, error.message);
  const message = `${advice} ${error.message}`;
  return new ObstacleError(
    'CLUSTER_FORBIDDEN',
    { condition: 'Allowed', reason, message, isFinal: true, retryMs: RETRY_MS },
    error,
  );
}

function adviceFor({ verb, resource, namespace, as }: Act, answer: string): { reason: string; advice: string } {
  if (/exceeded quota|limited to|LimitRange/i.test(answer)) {
    return { reason: 'QuotaExceeded', advice: `A quota of namespace ${namespace} is exhausted.` };
  }
  if (answer.includes('impersonate')) {
    const advice = `Missing: a Role in namespace ${namespace} that allows the operator to "impersonate" serviceaccounts "${as}".`;
    return { reason: 'MayNotImpersonate', advice };
  }
  const who = as === undefined ? 'the operator' : `ServiceAccount ${as}`;
  const group = groupOf(resource.apiVersion);
  const what = `${resource.plural} of API group "${group}"`;
  return {
    reason: 'Forbidden',
    advice: `Missing: a Role in namespace ${namespace} that allows ${who} to "${verb}" ${what}.`,
  };
}
