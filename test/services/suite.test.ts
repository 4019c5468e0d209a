import { expect, it } from 'vitest';

it('only tests with `services` in the name of their file have a service', async () => {
  await expect(import('./suite.ts')).rejects.toThrow('are in files NAME.services.test.ts');
});
