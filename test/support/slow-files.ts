import { relative } from 'node:path';
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from 'vitest/node';

const ORDER = ['services', 'programs', 'unit'];

/** Runs the kinds of test files that take longest first, so that no worker has a long file at the end. */
export class ShortFilesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const kindOf = ({ project }: TestSpecification) => ORDER.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => kindOf(a) - kindOf(b));
  }
}

const COUNT = 15;

/** Prints at the end which test files took longest, in seconds, including the set-up of their suites. */
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
