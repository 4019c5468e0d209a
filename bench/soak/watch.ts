import { setTimeout as sleep } from 'node:timers/promises';
import { running } from '../processes.ts';
import { liveHeap } from './inspector.ts';
import { QUARTERS } from './report.ts';
import { MIB, type PassingRows, passingRows, type Sample, sample } from './sample.ts';
import type { Site } from './site.ts';

const SAMPLE_MS = 5_000;
/** How often each quarter the progress is reported. */
const TOLD = 6;

/** The measurements at the end of a quarter. */
export interface QuarterEnd {
  readonly rows: PassingRows;
  /** The heap after a garbage collection, in MiB. */
  readonly liveHeapMiB: number;
}

/** Samples a process for some time. @param told returns the progress of the other processes, to be printed */
export async function watch(
  site: Site,
  forMs: number,
  told: () => string,
): Promise<{ samples: Sample[]; ends: QuarterEnd[] }> {
  const samples: Sample[] = [];
  const ends: QuarterEnd[] = [];
  // Making coins has left as much garbage as a whole chain.
  await liveHeap(site.inspector);
  const begun = performance.now();
  for (let tellings = 1; ends.length < QUARTERS; ) {
    await sleep(SAMPLE_MS);
    running(site.process);
    const one = await sample(site.metrics, site.process.pid!);
    samples.push(one);
    const share = (performance.now() - begun) / forMs;
    if (share >= tellings / (QUARTERS * TOLD)) {
      tellings += 1;
      console.error(`${Math.floor(100 * share)} %: ${told()}; ${inMiB(one)}`);
    }
    if (share < (ends.length + 1) / QUARTERS) continue;
    const liveHeapMiB = (await liveHeap(site.inspector)) / MIB;
    ends.push({ rows: passingRows(site.index), liveHeapMiB });
    console.error(`end of quarter ${ends.length}: ${liveHeapMiB.toFixed(1)} MiB on the heap without garbage`);
  }
  return { samples, ends };
}

function inMiB({ residentMiB, heapMiB, externalMiB }: Sample): string {
  return `${residentMiB.toFixed()} MiB resident, ${heapMiB.toFixed()} on the heap, ${externalMiB.toFixed()} in buffers`;
}
