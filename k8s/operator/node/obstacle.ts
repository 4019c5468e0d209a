import { BitqlError } from '../../../src/errors.ts';

/** What keeps the cluster from what the spec asks for, until somebody changes something. */
export interface Obstacle {
  /** One word for programs. */
  readonly reason: string;
  /** What is to be done. */
  readonly message: string;
}

/** Whether something was found, or what stands in the way of it. */
export function isObstacle(found: object): found is Obstacle {
  return 'reason' in found;
}

/** The obstacle that an error of the cluster is, which will say the same again. @throws any other error */
export function obstacleOf(error: unknown): Obstacle {
  if (error instanceof BitqlError && error.code === 'CLUSTER_REFUSED')
    return { reason: 'Refused', message: error.message };
  if (error instanceof BitqlError && error.code === 'CLUSTER_FORBIDDEN') {
    return { reason: 'Forbidden', message: error.message };
  }
  throw error;
}
