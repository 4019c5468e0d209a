import { expect, it } from 'vitest';
import { MessageProgress } from '../../src/gateway/streams/socket-messages.ts';
import { type FrameKind, maskedFrame } from '../support/websocket-frame.ts';

const KINDS: readonly FrameKind[] = ['text', 'first', 'ping', 'middle', 'pong', 'last', 'text', 'first'];
const CONTROLS: readonly FrameKind[] = ['ping', 'pong'];

/** The bytes held at the end of each frame. */
function heldBy(frames: readonly Buffer[]): number[] {
  let held = 0;
  return frames.map((frame, n) => {
    const kind = KINDS[n]!;
    if (kind === 'text' || kind === 'last') held = 0;
    else if (!CONTROLS.includes(kind)) held += frame.length;
    return held;
  });
}

it('the received part of a message is the same however it is cut', () => {
  for (const [size, pieces] of [
    [0, [1, 2, 1_000]],
    [1, [1, 2, 3, 1_000]],
    [125, [1, 7, 127, 1_000]],
    [126, [1, 7, 127, 1_000]],
    [65_536, [1_000, 65_536, 1_000_000]],
  ] as const) {
    const frames = KINDS.map((kind) => maskedFrame(kind, CONTROLS.includes(kind) ? 125 : size));
    const whole = heldBy(frames);
    for (const piece of pieces) {
      const progress = new MessageProgress();
      const told: number[] = [];
      for (const frame of frames) {
        const before = progress.bytes;
        for (let at = 0; at < frame.length; at += piece) {
          progress.receive(frame.subarray(at, at + piece));
          const isOver = at + piece >= frame.length;
          if (!isOver && progress.bytes !== before + at + piece) expect.fail(`${progress.bytes} bytes at ${at}`);
        }
        told.push(progress.bytes);
      }
      expect(told).toEqual(whole);
    }
    const atOnce = new MessageProgress();
    expect([atOnce.receive(Buffer.concat(frames)), atOnce.bytes]).toEqual([true, whole.at(-1)]);
  }
});
