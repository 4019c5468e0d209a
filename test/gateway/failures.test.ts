import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { MalformedBytesError } from '../../src/chain/bytes.ts';
import { BitqlError, ERROR_CODES } from '../../src/errors.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { type Answer, post, serve } from './support.ts';

const QUERY = '{ chain { network } }';

/** The answer and the log of a gateway whose store fails. */
async function answerWith(store: ReadStore): Promise<{ answer: Answer; log: string }> {
  const lines: string[] = [];
  const gateway = await serve(store, { log: pino({}, { write: (line) => lines.push(line) }) });
  try {
    return { answer: await post(gateway.url, QUERY), log: lines.join('') };
  } finally {
    await gateway.close();
  }
}

function failing(error: Error): ReadStore {
  const fail = () => Promise.reject(error);
  return { read: fail, get: fail, scan: fail, readState: fail };
}

describe("a request that fails on the server's side", () => {
  it('says when the index is empty, and that trying again helps', async () => {
    const store = await temporaryStore();
    const { answer, log } = await answerWith(store);
    await store.close();
    expect(answer.status).toBe(503);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'NOT_SYNCED', retryable: true } }]);
    expect(answer.extensions).not.toHaveProperty('chain');
    expect(log).toBe('');
  });

  it('reports the code of a failing store, and details only in the log', async () => {
    const { answer, log } = await answerWith(failing(new BitqlError('STORE_UNAVAILABLE', 'db.internal:27017 is down')));
    expect(answer.status).toBe(503);
    expect(answer.errors).toMatchObject([
      {
        message: ERROR_CODES.STORE_UNAVAILABLE.meaning,
        path: ['chain'],
        extensions: { code: 'STORE_UNAVAILABLE', retryable: true },
      },
    ]);
    expect(log).toContain('db.internal:27017 is down');
  });

  it('reports unreadable bytes of the store as damage', async () => {
    const { answer, log } = await answerWith(failing(new MalformedBytesError('the bytes end', 7)));
    expect(answer.status).toBe(500);
    expect(answer.errors).toMatchObject([
      { message: ERROR_CODES.STORE_DAMAGED.meaning, extensions: { code: 'STORE_DAMAGED', retryable: false } },
    ]);
    expect(log).toContain('the bytes end (at offset 7)');
  });

  it('masks unforeseen errors, with an id that is in the log', async () => {
    const { answer, log } = await answerWith(failing(new TypeError('secret of the house')));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('secret of the house');
    const { code, id } = answer.errors![0]!.extensions;
    expect(code).toBe('INTERNAL_SERVER_ERROR');
    expect(log).toContain('secret of the house');
    expect(log).toContain(`"requestId":"${id}"`);
  });
});
