/**
 * `npm run bench -- NAME [options]` runs the benchmark bench/NAME.ts, which exports `main(args)` and the `OPTIONS` that
 * it parses them with. It prints one table and, as its last line, the same as JSON. Shared code of benchmarks is in the folders.
 */
import { readdirSync } from 'node:fs';

interface Benchmark {
  readonly OPTIONS: Readonly<Record<string, { readonly type: 'string'; readonly default?: string }>>;
  main(args: string[]): Promise<void> | void;
}

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

if (name !== undefined && names.includes(name)) {
  const benchmark: Benchmark = await import(`./${name}.ts`);
  if (args.includes('--help')) console.log(usageOf(name, benchmark));
  else await benchmark.main(args);
} else {
  if (name !== undefined) console.error(`no benchmark "${name}"`);
  console.log(`usage: npm run bench -- NAME [options], NAME one of: ${names.join(', ')}`);
  process.exitCode = name === undefined ? 0 : 2;
}

function usageOf(name: string, { OPTIONS }: Benchmark): string {
  const options = Object.entries(OPTIONS).map(([option, { default: usual }]) => {
    return `  --${option} VALUE${usual ? ` [${usual}]` : ''}`;
  });
  return [`usage: npm run bench -- ${name} [options]`, ...options].join('\n');
}
