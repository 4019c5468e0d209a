import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPOSE_IMAGES, LOOKED_AT, MONGODB_IMAGE, NODE_IMAGES } from '../../../k8s/operator/images.ts';
import { ROOT } from './rendered.ts';

const IMAGES = [MONGODB_IMAGE, ...Object.values(NODE_IMAGES)];

/** Without the registry, which Docker accepts as well. */
const short = (image: string) => image.replace(/^docker\.io\/(library\/)?/, '');

describe('the images that nodes and databases begin with', () => {
  it('are patch releases, with the day of the last check', () => {
    const all = [...IMAGES, ...COMPOSE_IMAGES];
    for (const image of all) expect(image).toMatch(/^docker\.io\/[a-z-]+\/[a-z-]+:v?\d+\.\d+(\.\d+)?$/);
    expect(new Date(LOOKED_AT).toISOString()).toBe(`${LOOKED_AT}T00:00:00.000Z`);
  });

  it('have no vulnerability that is known to be exploited', () => {
    expect(MONGODB_IMAGE).toMatch(/mongo:8\.0\.(1[7-9]|[2-9]\d)$/);
  });

  it('are all images of docker-compose.yml, besides its proxy and monitoring', () => {
    const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    const run = [...compose.matchAll(/^ *image: (\S+)$/gm)]
      .map(([, image]) => image!)
      .filter((image) => image !== 'bitql');
    expect(run.length).toBeGreaterThan(COMPOSE_IMAGES.length);
    expect(run.filter((image) => ![...IMAGES, ...COMPOSE_IMAGES].map(short).includes(image))).toEqual([]);
    expect(COMPOSE_IMAGES.map(short).filter((image) => !run.includes(image))).toEqual([]);
  });

  it('are listed in one place, and every other mention equals it', () => {
    const places = [
      'docker-compose.yml',
      ...globSync('k8s/{base,components,examples,overlays,operator}/**/*.{yaml,ts}', { cwd: ROOT }),
    ];
    const named = places
      .filter((place) => place !== 'k8s/operator/images.ts')
      .flatMap((place) => {
        const text = readFileSync(join(ROOT, place), 'utf8');
        const images = IMAGES.map((image) => short(image).split(':')[0]!);
        const pattern = new RegExp(`(?<![\\w-])(?:docker\\.io/(?:library/)?)?(?:${images.join('|')}):\\d[\\w.-]*`, 'g');
        return (text.match(pattern) ?? []).map((image) => `${place} ${short(image)}`);
      });
    expect(named.length).toBeGreaterThanOrEqual(3);
    expect(named.filter((name) => !IMAGES.map(short).includes(name.split(' ')[1]!))).toEqual([]);
    expect(named.filter((name) => name.startsWith('k8s/operator/'))).toEqual([]);
  });
});
