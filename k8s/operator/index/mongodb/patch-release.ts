import type { Finding } from '../../../api/conditions.ts';
import { LOOKED_AT, MONGODB_IMAGE } from '../../images.ts';

interface Release {
  /** Such as 8.0. */
  readonly series: string;
  readonly patch: number;
}

type Said = Pick<Finding, 'status' | 'reason' | 'message'>;

/**
 * Whether a database runs the newest patch release of its series that the operator knows of.
 * @param image that it runs
 */
export function patchReleaseOf(image: string): Said {
  const [running, newest] = [releaseOf(image), releaseOf(MONGODB_IMAGE)!];
  if (running?.series !== newest.series) {
    const message = `The operator knows of no releases like ${image}: see for yourself whether it is the newest.`;
    return { status: 'Unknown', reason: 'NotKnown', message };
  }
  if (running.patch < newest.patch) {
    const message = `It runs ${image}, and ${MONGODB_IMAGE} is newer: name that, or a later one, in store.managed.image.`;
    return { status: 'False', reason: 'NewerPatchRelease', message };
  }
  return { status: 'True', reason: 'Newest', message: `On ${LOOKED_AT}, its series had no newer one.` };
}

/** Of the official image, from whichever registry; null where its tag does not say. */
function releaseOf(image: string): Release | null {
  const [, series, patch] = /(?:^|\/)mongo:(\d+\.\d+)\.(\d+)(?:-[\w.-]+)?(?:@.*)?$/.exec(image) ?? [];
  return series === undefined ? null : { series, patch: Number(patch) };
}
