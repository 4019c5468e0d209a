import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import { type DocumentNode, Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { describeWith } from '../services/suite.ts';
import { ask } from '../support/graphql.ts';
import { cleanEnvironment, run } from './support.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'assets']);
/** Both npm and the package must use the Node that runs the tests. */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;

/** The code of a project that has installed the package. */
const SCRIPT = `
import { type Dev, startDev } from 'bitql/dev';

const dev: Dev = await startDev();
await dev.chain.data('hello');
const { height }: { height: number } = await dev.chain.mine();
await dev.settled();
const filter = '{ block: { from: ' + height + ' }, data: { pushes: { equals: { utf8: "hello" } } } }';
console.log(JSON.stringify(await dev.query('{ transactions(filter: ' + filter + ') { nodes { confirmations } } }')));
await dev.close();
`;

/** Prints the schema, as a file and as text, and the scalars. */
const CONTRACT = `
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scalars } from 'bitql/scalars';
import { readTypeDefs } from 'bitql/schema';

const file = readFileSync(fileURLToPath(import.meta.resolve('bitql/schema.graphql')), 'utf8');
console.log(JSON.stringify({ file, text: readTypeDefs(), scalars }));
`;

/** The packages that docs/clients.md installs beside this one. */
const CODE_GENERATOR = '@graphql-codegen/cli@7.4.3';

/** The packages that its program for typed queries needs, and the one that runs it. */
const TYPED_CLIENT = ['graphql-request@7.4.0', 'graphql', 'tsx@4'];

/** A transaction of the demo's block. */
const DEMO_TXID = '6399364a1a238e1ae495d26274548ee8dede0d12a14f378bfe020a367764f3d2';

/** The answer to docs/examples/fees.ts, without a guess. */
const FEES =
  'Array<{ txid: string, fee: number | null, hex: string, firstSeen: number | null, inputs: Array<{ sequence: number }>, ' +
  'block: { date: string } | null }>, pageInfo: { endCursor: string | null } } | null, chain: { cursor: string | null }';

function copyExample(file: string, to: string): void {
  cpSync(join(ROOT, 'docs/examples', file), to);
}

function scalarsOf(schema: DocumentNode): string[] {
  return schema.definitions.flatMap((node) => (node.kind === Kind.SCALAR_TYPE_DEFINITION ? [node.name.value] : []));
}

/** A copy of the sources, so that packing them disturbs no other test. */
function copySources(folder: string): void {
  cpSync(ROOT, folder, { recursive: true, filter: (source) => !LEFT_OUT.has(basename(source)) });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

describe('the package', () => {
  const sandbox = new Sandbox('package');
  const env = { PATH, npm_config_loglevel: 'error', npm_config_prefer_offline: 'true' };

  const npm = async (cwd: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('npm', args, { cwd, env });
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };

  let files: string[];

  beforeAll(async () => {
    const sources = join(sandbox.folder, 'sources');
    copySources(sources);
    const packed = await npm(sources, 'pack', '--json', '--pack-destination', sandbox.folder);
    const [{ filename, files: list }] = JSON.parse(packed.slice(packed.indexOf('[\n')));
    files = list.map(({ path }: { path: string }) => path);
    writeFileSync(join(sandbox.folder, 'package.json'), '{ "private": true }');
    await npm(sandbox.folder, 'install', filename);
  }, 300_000);

  afterAll(() => sandbox.close());

  it('holds the compiled program, the schema, the assets and the documents, and nothing else', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    expect(folders).toEqual(new Set(['assets', 'bin', 'dist', 'docs', 'schema']));
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['assets/mainnet-357238.block', 'schema/query.graphql']));
  });

  it('leaves out libraries that few need, and says how to install them', async () => {
    const lack = async (args: string[], more: Record<string, string> = {}) => {
      const { code, stderr } = await run('npx', ['bitql', ...args], { cwd: sandbox.folder, env: { ...env, ...more } });
      expect(code).toBe(1);
      return stderr;
    };
    expect(await lack(['operator'])).toMatch(
      /bitql operator needs packages that are not installed: npm install '@kubernetes\/client-node@\S+' /,
    );
    const up = ['up', '--node', 'http://user:password@127.0.0.1:2', '--store', 'index.db', '--port', '0'];
    const traced = await lack(up, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(traced).toContain("npm install '@opentelemetry/context-async-hooks@");
  });

  it('gives tools the schema, and the JSON types of its scalars', async () => {
    writeFileSync(join(sandbox.folder, 'contract.mjs'), CONTRACT);
    const { stdout, stderr } = await run(process.execPath, ['contract.mjs'], { cwd: sandbox.folder, env });
    expect(stderr).toBe('');
    const { file, text, scalars } = JSON.parse(stdout);
    expect(file).toBe(text);
    const schema = parse(file);
    const config = { scalars, strictScalars: true };
    const options = {
      schema,
      documents: [],
      filename: '',
      config,
      plugins: [{ typescript: {} }],
      pluginMap: { typescript },
    };
    const types = await codegen(options);
    expect(types).toContain('Satoshis: { input: number; output: number; }');
    const named = scalarsOf(schema);
    expect(Object.keys(scalars).sort()).toEqual(named.sort());
  });

  it('lets GraphQL Code Generator type queries, as docs/clients.md shows', async () => {
    await npm(sandbox.folder, 'install', '--save-dev', CODE_GENERATOR);
    const project = join(sandbox.folder, 'typed');
    mkdirSync(join(project, 'src'), { recursive: true });
    copyExample('codegen.ts', join(project, 'codegen.ts'));
    copyExample('fees.ts', join(project, 'src/fees.ts'));
    const { code, stdout, stderr } = await run('npx', ['graphql-codegen', '--config', 'codegen.ts'], {
      cwd: project,
      env,
    });
    expect(code, stdout + stderr).toBe(0);
    const types = readFileSync(join(project, 'src/gql/graphql.ts'), 'utf8');
    expect(types).toContain(FEES);
    expect(types).toContain('txids: Array<string> | string;');
    expect(types).toContain('since: string | number;');
  }, 300_000);

  it('lets graphql-request send such a query, as docs/clients.md shows', async () => {
    await npm(sandbox.folder, 'install', ...TYPED_CLIENT);
    const project = join(sandbox.folder, 'typed');
    copyExample('main.ts', join(project, 'src/main.ts'));
    const settings = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
    const checked = await run(join(ROOT, 'node_modules/.bin/tsc'), [...settings, ...types, 'src/main.ts'], {
      cwd: project,
      env,
    });
    expect([checked.code, checked.stdout]).toEqual([0, '']);
    const demo = sandbox.start('fees', join(sandbox.folder, 'node_modules/.bin/bitql'), ['demo', '--port', '0'], {
      ...cleanEnvironment(),
      ...env,
    });
    const url = await until('the demo', () => demo.output().match(/(http:\S+)\/graphiql/)?.[1]);
    const sent = await run('npx', ['tsx', 'src/main.ts', `${url}/graphql`, DEMO_TXID], { cwd: project, env });
    expect([sent.code, sent.stderr, sent.stdout]).toEqual([0, '', `${DEMO_TXID} 1000\n`]);
    demo.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
  }, 300_000);

  it('runs as bitql, without a word on standard error', async () => {
    const { code, stdout, stderr } = await run('npx', ['bitql', '--help'], { cwd: sandbox.folder, env });
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: bitql COMMAND');
    expect(stderr).toBe('');
    const answers = await run('npx', ['bitql', 'demo', '--no-serve'], { cwd: sandbox.folder, env });
    expect(answers.stdout).toContain('"fee": 226');
    expect(answers.stderr).toBe('');
  });

  it('serves its demo and the playground', async () => {
    const program = join(sandbox.folder, 'node_modules/.bin/bitql');
    const demo = sandbox.start('demo', program, ['demo', '--port', '0'], { ...cleanEnvironment(), ...env });
    const url = await until('the demo', () => demo.output().match(/(http:\S+)\/graphiql/)?.[1]);
    expect(await ask(url, '{ chain { network tip { height } } }')).toEqual({
      chain: { network: 'btc-mainnet', tip: { height: 357_238 } },
    });
    expect((await fetch(`${url}/graphiql/graphiql.min.js`)).status).toBe(200);
    demo.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
  });

  it('gives scripts and tests a local chain, with types', async () => {
    const settings = {
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable', 'dom'],
      strict: true,
    };
    const compilerOptions = { ...settings, types: [], noEmit: true, skipLibCheck: true };
    writeFileSync(join(sandbox.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
    writeFileSync(join(sandbox.folder, 'script.mts'), SCRIPT);
    writeFileSync(
      join(sandbox.folder, 'wrong.mts'),
      "import { startDev } from 'bitql/dev';\nstartDev({ port: '1' });\n",
    );
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { code, stdout } = await run(tsc, ['--project', sandbox.folder], { env });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^\S*wrong\.mts\(2,12\): error [^\n]+\n$/)]);
  });

  describeWith('bitcoind')('with a bitcoind', ({ bitcoind }) => {
    it('runs that chain', async () => {
      writeFileSync(join(sandbox.folder, 'script.mts'), SCRIPT);
      const options = { cwd: sandbox.folder, env: { ...env, BITCOIND: bitcoind } };
      const { code, stdout, stderr } = await run(process.execPath, ['script.mts'], options);
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toEqual({ transactions: { nodes: [{ confirmations: 1 }] } });
    });

    it('runs vitest tests on it, as docs/tutorial-dev-chain.md shows', async () => {
      const project = join(sandbox.folder, 'tests');
      mkdirSync(project);
      copyExample('payment.test.ts', join(project, 'payment.test.ts'));
      symlinkSync(join(ROOT, 'node_modules/vitest'), join(sandbox.folder, 'node_modules/vitest'));
      const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', project];
      const options = { cwd: project, env: { ...env, BITCOIND: bitcoind } };
      const { code, stdout, stderr } = await run(process.execPath, vitest, options);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/1 passed/);
    });
  });

  it('says what to do on an old Node', async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
    const old = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    const installed = join(sandbox.folder, 'node_modules/bitql/bin/bitql.js');
    const { code, stdout, stderr } = await run(process.execPath, [...old, installed, 'up', '--port', '1']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'BitQL needs Node.js 24 or newer, and this is 20.20.2: start it with npx -p node@24 -p bitql bitql up --port 1\n',
    );
    writeFileSync(join(sandbox.folder, 'old.mjs'), "import { startDev } from 'bitql/dev';\nawait startDev();\n");
    const script = await run(process.execPath, [...old, 'old.mjs'], { cwd: sandbox.folder, env });
    expect(script.stderr).toContain(
      'bitql/dev needs Node.js 24 or newer, and this is 20.20.2: start it with npx -p node@24 -- npm test',
    );
  });
});
