import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of this package: a checkout, or where npm installed it. Compiled code is deeper in it than the source. */
function packageRoot(): string {
  return dirname(packageFile());
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string };
  return version;
}

/** A file of the package that is not code, such as one of `schema/` or `assets/`. */
export function packagePath(...parts: string[]): string {
  return join(packageRoot(), ...parts);
}

function packageFile(): string {
  const file = findPackageJSON('..', import.meta.url);
  if (file === undefined) throw new Error('The package.json of BitQL is missing.');
  return file;
}
