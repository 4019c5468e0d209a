import { describe, inject, it } from 'vitest';
import { locateServices, SERVICES, type ServiceName, type Services } from './locate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** True only in the project `services` (vitest.config.ts). */
    readonly mayUseServices: boolean;
  }
}

if (!inject('mayUseServices')) throw new Error('Tests that need services are in files NAME.services.test.ts.');

const found = await locateServices();

type Needed<Name extends ServiceName> = Pick<Services, (typeof SERVICES)[Name]['property']>;

/**
 * A suite of tests that need real services, in a file NAME.services.test.ts. If one is missing, the suite is skipped, and says how to install it; with
 * BITQL_REQUIRE_SERVICES=1 the suite fails instead.
 *
 *     describeWith('bitcoind', 'mongodb')('an index', ({ bitcoind, mongodbUri }) => { it(...) });
 */
export function describeWith<Name extends ServiceName>(...names: Name[]) {
  const missing = names.filter((name) => !found[SERVICES[name].property]);
  return (title: string, suite: (services: Needed<Name>) => void): void => {
    if (missing.length === 0) {
      describe(title, () => suite(found as Needed<Name>));
      return;
    }
    const need = missing.map((name) => `needs ${name}: ${SERVICES[name].install}`).join('; ');
    const required = process.env.BITQL_REQUIRE_SERVICES === '1';
    if (!required) console.warn(`Skipped "${title}", which ${need}`);
    describe(title, () => {
      it.skipIf(!required)(need, () => {
        throw new Error(need);
      });
    });
  };
}
