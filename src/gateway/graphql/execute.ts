import type { GraphqlRequest } from '../../client/ask.ts';
import { Documents } from '../requests/documents.ts';
import { type Backend, RequestContext } from '../resolvers/context.ts';
import { createApollo } from './apollo.ts';
import { errorTeller } from './errors.ts';
import { createSchema } from './schema.ts';

/** The answer of one query in this process, as the gateway would send it. */
export async function executeQuery({ query, variables }: GraphqlRequest, backend: Backend): Promise<object> {
  const schema = createSchema();
  const documents = new Documents(schema);
  const { errors: mistakes } = documents.get(query);
  if (mistakes !== null) return { errors: mistakes.map(errorTeller(backend.log)) };
  const apollo = createApollo({ schema, documents, log: backend.log });
  await apollo.start();
  try {
    const request = variables === undefined ? { query } : { query, variables };
    const { body } = await apollo.executeOperation(request, { contextValue: new RequestContext(backend) });
    if (body.kind !== 'single')
      throw new Error('The answer is incremental, but no query of this schema can request that.');
    const { errors, data, extensions } = body.singleResult;
    return { errors, data, extensions };
  } finally {
    await apollo.stop();
  }
}
