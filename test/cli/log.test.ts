import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../cli/log.ts';
import { Terminal } from '../../cli/terminal.ts';
import { inRequest } from '../../src/gateway/observe/request-scope.ts';
import type { LogFormat } from '../../src/settings/settings.ts';

const PASSWORD = 'sw0rdfish';

function logged(format: LogFormat, write: (log: ReturnType<typeof createLog>) => void): string {
  const [out, err] = [new PassThrough(), new PassThrough()] as unknown as NodeJS.WriteStream[];
  write(createLog({ level: 'debug', format }, new Terminal(out!, err!)));
  return String(err!.read() ?? '');
}

describe.each(['text', 'json'] as const)('a log as %s', (format) => {
  it.each([
    ['a header', { headers: { authorization: `Bearer ${PASSWORD}`, cookie: PASSWORD } }],
    ['a header of a request', { request: { headers: { authorization: PASSWORD, 'proxy-authorization': PASSWORD } } }],
    ['a login', { password: PASSWORD, options: { auth: { pass: PASSWORD, password: PASSWORD } } }],
    ['a URL', { url: `mongodb://user:${PASSWORD}@db.example/bitql` }],
    ['an error and what hangs on it', { err: Object.assign(new Error('no'), { request: { password: PASSWORD } }) }],
  ])('does not show the secrets of %s', (_, fields) => {
    const text = logged(format, (log) => log.warn(fields, 'Something happened'));
    expect(text).toContain('Something happened');
    expect(text).not.toContain(PASSWORD);
  });

  it('says for which request something happened', () => {
    const scope = { id: 'request-7', transport: 'http' } as const;
    const text = logged(format, (log) => {
      inRequest(scope, () => log.info('within'));
      log.info('outside');
    });
    const [within, outside] = text.trimEnd().split('\n');
    expect(within).toContain(format === 'json' ? '"requestId":"request-7"' : 'within requestId="request-7"');
    expect(outside).not.toContain('requestId');
  });
});
