import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../../dev/sandbox.ts';
import { run } from '../cli/support.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A value in the npm configuration of the build that must not get into the image. */
export const SECRET = 'bitql-build-secret';

/** The part of an image's configuration that a runtime needs, in the names of the OCI image specification. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
}

/** An image built from Dockerfile, with its files unpacked in a folder that `close` removes. */
export interface Image extends AsyncDisposable {
  readonly root: string;
  readonly config: ImageConfig;
  /** The history of its layers. */
  readonly history: string;
}

/** The version of Node in Dockerfile. */
export function nodeVersion(): string {
  return /^ARG NODE_VERSION=(\S+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))![1]!;
}

/** Builds the image like `docker build`, on the base image that `test/services` has made. */
export async function buildImage(tools: string): Promise<Image> {
  const buildah = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(join(tools, 'buildah'), args);
    if (code !== 0) throw new Error(`buildah ${args[0]} ended with ${code}:\n${(stdout + stderr).slice(-4_000)}`);
    return stdout.trim();
  };
  const tag = `localhost/bitql-test-${process.pid}`;
  await using sandbox = new Sandbox('image');
  const base = `BASE=localhost/node:${nodeVersion()}-bookworm`;
  const secret = await npmConfiguration(sandbox.folder);
  const flags = ['--isolation', 'chroot', '--build-arg', base, ...secret, '--tag', tag];
  await buildah('build', ...flags, ROOT);
  const container = await buildah('from', tag);
  const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', tag));
  return {
    root: await buildah('mount', container),
    config: OCIv1.config,
    history: JSON.stringify(OCIv1.history),
    async [Symbol.asyncDispose]() {
      await buildah('rm', container);
      await buildah('rmi', '--prune', '--force', tag).catch(() => buildah('rmi', '--force', tag));
    },
  };
}

/** The npm registry of this machine and its trusted authorities, for the build only. */
async function npmConfiguration(folder: string): Promise<string[]> {
  const own = join(homedir(), '.npmrc');
  const registry = (await run('npm', ['config', 'get', 'registry'])).stdout.trim();
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  const lines = [existsSync(own) ? readFileSync(own, 'utf8') : '', `registry=${registry}`, `# ${SECRET}`];
  const file = join(folder, 'npmrc');
  const inside = '/run/authorities.pem';
  writeFileSync(file, [...lines, ...(authorities === undefined ? [] : [`cafile=${inside}`]), ''].join('\n'));
  const volume = authorities === undefined ? [] : ['--volume', `${authorities}:${inside}:ro`];
  return ['--secret', `id=npmrc,src=${file}`, ...volume];
}
