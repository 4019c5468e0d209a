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
    const message = `The name ${image} does not tell which release of MongoDB it is: check whether there is a newer one.`;
    return { status: 'Unknown', reason: 'NotKnown', message };
  }
  if (running.series !== newest.series) {
    const message = `It runs ${image}, but the operator knows only the patch releases of ${newest.series}: check whether ${running.series} has a newer one.`;
    return { status: 'Unknown', reason: 'OtherSeries', message };
  }
  if (running.patch < newest.patch) {
    const message = `It runs ${image}, but ${MONGODB_IMAGE} is newer: set store.managed.image to it, or to a later release.`;
    return { status: 'False', reason: 'NewerPatchRelease', message };
  }
  const message = `It runs ${image}. On ${LOOKED_AT}, ${MONGODB_IMAGE} was the newest release of its series.`;
  return { status: 'True', reason: 'Newest', message };
}

/** Of the official image, from whichever registry; null where its tag does not say. */
function releaseOf(image: string): Release | null {
  const [, series, patch] = /(?:^|\/)mongo:(\d+\.\d+)\.(\d+)(?:-[\w.-]+)?(?:@.*)?$/.exec(image) ?? [];
  return series === undefined ? null : { series, patch: Number(patch) };
}
