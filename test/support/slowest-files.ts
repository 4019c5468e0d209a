import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const COUNT = 15;

/** Prints at the end which test files took longest, in seconds, with all that their suites set up. */
export class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module) => {
      const { collectDuration, duration } = module.diagnostic();
      return { name: relative(process.cwd(), module.moduleId), seconds: (collectDuration + duration) / 1_000 };
    });
    console.log(`\nThe slowest of ${files.length} files`);
    for (const { name, seconds } of files.sort((a, b) => b.seconds - a.seconds).slice(0, COUNT)) {
      console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
    }
  }
}
