import { readFileSync } from 'node:fs';
import { BitqlError } from '../src/errors.ts';
import { packagePath } from '../src/package-root.ts';

/**
 * Loads a part of the program that needs packages which are not installed with it, because most users do not need them.
 * @param purpose completes "... needs packages that are not installed"
 * @param names how the names of these packages begin
 * @throws BitqlError BAD_SETTING with the command that installs them
 */
export async function loadOptional<Part>(purpose: string, names: string, load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error, names)) throw error;
    const packages = optionalPackages().filter(([name]) => name.startsWith(names));
    const list = packages.map(([name, range]) => `'${name}@${range}'`).join(' ');
    throw new BitqlError('BAD_SETTING', `${purpose} needs packages that are not installed: npm install ${list}`, error);
  }
}

function isMissing(error: unknown, names: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${names}`);
}

function optionalPackages(): [name: string, range: string][] {
  const { peerDependencies } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
  return Object.entries(peerDependencies);
}
