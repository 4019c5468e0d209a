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
  if (running === null) {
    const message = `It cannot be told from ${image} which release of MongoDB it is: see for yourself whether there is a newer one.`;
    return { status: 'Unknown', reason: 'NotKnown', message };
  }
  if (running.series !== newest.series) {
    const message = `It runs ${image}, and the operator knows the patch releases of ${newest.series} alone: see for yourself whether ${running.series} has a newer one.`;
    return { status: 'Unknown', reason: 'OtherSeries', message };
  }
  if (running.patch < newest.patch) {
    const message = `It runs ${image}, and ${MONGODB_IMAGE} is newer: name that, or a later one, in store.managed.image.`;
    return { status: 'False', reason: 'NewerPatchRelease', message };
  }
  const message = `On ${LOOKED_AT}, ${MONGODB_IMAGE} was the newest of its series, and it runs ${image}.`;
  return { status: 'True', reason: 'Newest', message };
}

/** Of the official image, from whichever registry; null where its tag does not say. */
function releaseOf(image: string): Release | null {
  const [, series, patch] = /(?:^|\/)mongo:(\d+\.\d+)\.(\d+)(?:-[\w.-]+)?(?:@.*)?$/.exec(image) ?? [];
  return series === undefined ? null : { series, patch: Number(patch) };
}
