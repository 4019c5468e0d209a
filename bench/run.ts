/**
 * `npm run bench -- NAME [options]` runs the benchmark bench/NAME.ts, which exports `main(args)` and prints one table
 * and, as its last line, the same as JSON. What benchmarks share lies in folders below.
 */
import { readdirSync } from 'node:fs';

interface Benchmark {
  main(args: string[]): Promise<void> | void;
}

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

if (name !== undefined && names.includes(name)) {
  const benchmark: Benchmark = await import(`./${name}.ts`);
  await benchmark.main(args);
} else {
  if (name !== undefined) console.error(`no benchmark "${name}"`);
  console.log(`usage: npm run bench -- NAME [options], NAME one of: ${names.join(', ')}`);
  process.exitCode = name === undefined ? 0 : 2;
}
