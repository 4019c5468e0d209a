import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ORDER = ['services', 'programs', 'unit'];

/** Begins with the kind of test files that take longest, so that no worker is left with a long one at the end. */
export class ShortFilesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const kindOf = ({ project }: TestSpecification) => ORDER.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => kindOf(a) - kindOf(b));
  }
}
