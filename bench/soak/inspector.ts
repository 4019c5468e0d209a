const ADDRESS = /^Debugger listening on (ws:\S+)$/gm;

/** The address of the inspector of a process that was started with `--inspect`, from its output. A process that restarts itself prints two. */
export function inspectorOf(output: string): string | undefined {
  return [...output.matchAll(ADDRESS)].at(-1)?.[1];
}

/** The heap of a process after a garbage collection, in bytes. */
export async function liveHeap(url: string): Promise<number> {
  using inspector = await Inspector.open(url);
  await inspector.call('HeapProfiler.collectGarbage');
  const { usedSize } = (await inspector.call('Runtime.getHeapUsage')) as { usedSize: number };
  return usedSize;
}

/** The part of V8's inspector protocol that is needed: one call after the other. */
class Inspector implements Disposable {
  readonly #socket: WebSocket;
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`no inspector at ${url}`)));
    });
    return new Inspector(socket);
  }

  call(method: string): Promise<unknown> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const hear = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data));
        if (answer.id !== id) return;
        this.#socket.removeEventListener('message', hear);
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(answer.error.message));
      };
      this.#socket.addEventListener('message', hear);
      this.#socket.addEventListener('close', () => reject(new Error('the process has ended')));
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
