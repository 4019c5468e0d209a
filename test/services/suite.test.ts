import { expect, it } from 'vitest';

it('no test without `services` in the name of its file has a service', async () => {
  await expect(import('./suite.ts')).rejects.toThrow('are in files NAME.services.test.ts');
});
