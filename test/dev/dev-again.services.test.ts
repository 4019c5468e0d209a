import { expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Watcher } from '../cli/watcher.ts';
import { describeWith } from '../services/suite.ts';
import { DevProcess } from './dev-process.ts';

describeWith('bitcoind')('a chain of bitql dev in place of another', ({ bitcoind }) => {
  it('is not continued after a cursor of the other, and the error says so', async () => {
    const port = await freePort();
    const cursorOf = async (dev: DevProcess) =>
      (await dev.ask<{ chain: { cursor: string } }>('{ chain { cursor } }')).chain.cursor;
    const watchers: Watcher[] = [];
    const watch = (...args: readonly string[]) => {
      const watcher = new Watcher(['--endpoint', `http://127.0.0.1:${port}`, '--blocks', ...args]);
      watchers.push(watcher);
      return watcher;
    };
    let cursor: string;
    let [plain, placed]: Watcher[] = [];
    try {
      {
        await using dev = await DevProcess.start(bitcoind, port);
        cursor = await cursorOf(dev);
        placed = watch('--after', cursor);
        await dev.act('mine', '1');
        await placed.untilLines(1);
        plain = watch('--after', cursor, '--count', '1');
        expect(await plain.ended).toBe(0);
        plain = watch();
        // It has to be subscribed before the chain goes.
        for (let count = 0; count === 0; count = plain.lines.length) await dev.act('mine', '1');
      }
      await using dev = await DevProcess.start(bitcoind, port);
      await dev.act('mine', '6');
      const late = watch('--after', cursor);
      expect([await late.ended, late.lines]).toEqual([1, []]);
      expect(late.stderr).toMatch(/^error The cursor belongs to another index.*\(BAD_CURSOR\)\n$/);
      expect(await placed!.ended).toBe(1);
      expect(placed!.stderr).toMatch(/\(BAD_CURSOR\)\nStart it again without --after: .*\n$/);
      await plain.untilNoted(/has another index now: going on from the present\./);
      const before = plain.lines.length;
      for (let count = before; count === before; count = plain.lines.length) await dev.act('mine', '1');
      expect(plain.stderr).not.toContain('error ');
    } finally {
      await Promise.all(watchers.map((watcher) => watcher.close()));
    }
  });
});
