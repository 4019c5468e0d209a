import { describe, expect, it } from 'vitest';
import { MONGODB_IMAGE } from '../../../k8s/operator/images.ts';
import { patchReleaseOf } from '../../../k8s/operator/index/findings.ts';

const [, series] = /:(\d+\.\d+)\.\d+$/.exec(MONGODB_IMAGE)!;

describe('the patch release of a database', () => {
  it.each([
    ['the newest', MONGODB_IMAGE, 'True', 'Newest'],
    [
      'the newest, as a variant, of a mirror and by its digest',
      `mirror:5000/${MONGODB_IMAGE}-noble@sha256:0`,
      'True',
      'Newest',
    ],
    ['newer than the operator', `mongo:${series}.999`, 'True', 'Newest'],
    ['with a known hole', `docker.io/library/mongo:${series}.12`, 'False', 'NewerPatchRelease'],
    ['an old one of a variant', `mongo:${series}.1-noble`, 'False', 'NewerPatchRelease'],
    ['of another series', 'mongo:7.0.31', 'Unknown', 'OtherSeries'],
    ['of a later series', 'mongo:8.2.1', 'Unknown', 'OtherSeries'],
    ['of a tag that moves', `mongo:${series}`, 'Unknown', 'NotKnown'],
    ['of other software', `percona/percona-server-mongodb:${series}.12`, 'Unknown', 'NotKnown'],
    ['of other software with a similar name', `example/not-mongo:${series}.12`, 'Unknown', 'NotKnown'],
    ['of a digest alone', `mongo@sha256:${'0'.repeat(64)}`, 'Unknown', 'NotKnown'],
  ])('%s is reported', (_, image, status, reason) => {
    const said = patchReleaseOf(image);
    expect(said).toMatchObject({ status, reason });
    expect(said.message).toContain(image);
    if (reason === 'OtherSeries') expect(said.message).toContain(`only the patch releases of ${series}`);
    if (status === 'False') expect(said.message).toContain(MONGODB_IMAGE);
  });
});
