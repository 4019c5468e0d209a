import type { Environment } from '../src/settings/read.ts';

/** What is typed to call `bitql` again from where this process was started: npm knows it where the shell does not. */
export function programName(env: Environment = process.env): string {
  const { npm_lifecycle_event: script, npm_package_name: name } = env;
  if (script === undefined) return 'bitql';
  // npm calls what npx starts a script too.
  return name === 'bitql' && script !== 'npx' ? 'npm run -s bitql --' : 'npx bitql';
}

/** Says so below a text of ours that names commands; null where they can be typed as they are. */
export function programNote(text: string): string | null {
  const name = programName();
  return name === 'bitql' || !/\bbitql [a-zA-Z-]/.test(text) ? null : `Here, type "${name}" for "bitql".`;
}
