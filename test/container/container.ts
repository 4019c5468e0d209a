import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox, SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { type RunResult, run } from '../cli/support.ts';
import type { Image } from './image.ts';

export interface ContainerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the machine to mount read-only, by their path in the container. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Supplementary groups of its user. */
  readonly groups?: readonly number[];
  /** Runs this instead of the image's own program. */
  readonly entrypoint?: readonly string[];
}

const TEMPORARY = { type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] };

/**
 * Containers of an image, run by runc like Docker with `--read-only --tmpfs /tmp --cap-drop ALL --security-opt
 * no-new-privileges --network host`: process 1 belongs to the image's user. They share /data.
 */
export class Containers implements AsyncDisposable {
  /** The content of /data. */
  readonly data: string;
  readonly #image: Image;
  readonly #sandbox: Sandbox;
  readonly #state: string;
  readonly #names: string[] = [];

  constructor(image: Image, sandbox: Sandbox) {
    this.#image = image;
    this.#sandbox = sandbox;
    this.#state = join(sandbox.folder, 'runc');
    this.data = join(sandbox.folder, 'data');
    mkdirSync(this.data);
    chownSync(this.data, ...this.#user());
  }

  /** Starts `bitql ARGS`. Signals to the process are passed on; it ends together with the container. */
  start(name: string, args: readonly string[], options: ContainerOptions = {}): SandboxProcess {
    return this.#sandbox.start(name, 'runc', this.#prepare(name, args, options));
  }

  /** Runs `bitql ARGS` to its end. */
  run(name: string, args: readonly string[], options: ContainerOptions = {}): Promise<RunResult> {
    return run('runc', this.#prepare(name, args, options));
  }

  /** The command line of process 1 in a container, once it is `bitql` itself. */
  async first(name: string): Promise<string> {
    return until('the first process', async () => {
      const { code, stdout } = await run('runc', ['--root', this.#state, 'state', `${this.#id(name)}`]);
      if (code !== 0) return null;
      const { pid } = JSON.parse(stdout);
      const numbers = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return numbers === '1' && command.includes('bitql') ? command : null;
    });
  }

  /** Ends them all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) await run('runc', ['--root', this.#state, 'delete', '--force', this.#id(name)]);
  }

  #prepare(name: string, args: readonly string[], options: ContainerOptions): string[] {
    const bundle = join(this.#sandbox.folder, `bundle-${name}`);
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(this.#specification(args, options)));
    this.#names.push(name);
    return ['--root', this.#state, 'run', '--bundle', bundle, this.#id(name)];
  }

  #id(name: string): string {
    return `bitql-test-${process.pid}-${name}`;
  }

  #user(): [uid: number, gid: number] {
    const [uid, gid] = this.#image.config.User.split(':').map(Number);
    return [uid!, gid!];
  }

  /** As in the OCI runtime specification. */
  #specification(args: readonly string[], options: ContainerOptions): object {
    const { config, root } = this.#image;
    const { env = {}, folders = {}, groups = [], entrypoint = config.Entrypoint } = options;
    const [uid, gid] = this.#user();
    const bind = (destination: string, source: string, mode: string) => {
      return { destination, source, type: 'bind', options: ['rbind', mode] };
    };
    return {
      ociVersion: '1.0.2',
      root: { path: root, readonly: true },
      process: {
        user: { uid, gid, additionalGids: groups },
        args: [...entrypoint, ...args],
        env: [...config.Env, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)],
        cwd: config.WorkingDir,
        noNewPrivileges: true,
      },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', ...TEMPORARY, options: ['nosuid', 'mode=755'] },
        { destination: '/tmp', ...TEMPORARY },
        bind('/data', this.data, 'rw'),
        ...Object.entries(folders).map(([destination, source]) => bind(destination, source, 'ro')),
      ],
      linux: { namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
    };
  }
}
