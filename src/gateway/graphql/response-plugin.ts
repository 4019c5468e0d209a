import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { counted } from '../../counted.ts';
import { chainExtension } from '../observe/chain-status.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { HTTP_STATUS, statusOf } from './http-status.ts';

type Data = Readonly<Record<string, unknown>> | null | undefined;

/** Errors beyond these say the same of other fields. */
const MAX_ERRORS = 20;

/** The last touch on an answer: the chain that it was read from, few errors, and a fitting HTTP status. */
export const responsePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return { willSendResponse: complete };
  },
};

async function complete({
  response,
  contextValue,
}: GraphQLRequestContextWillSendResponse<RequestContext>): Promise<void> {
  if (response.body.kind !== 'single') return;
  const result = response.body.singleResult;
  const { errors } = result;
  if (errors !== undefined && isNothing(result.data, errors)) {
    response.http.status = statusOf(String(errors[0]?.extensions?.code));
  } else if (errors?.some(isTimeout)) {
    // A part of an answer is there, but proxies and clients know when to try again.
    response.http.status = HTTP_STATUS.TIMEOUT;
  }
  if (errors !== undefined) result.errors = shortened(errors);
  if (result.data !== undefined) await addChain(result, contextValue);
}

/** Every answer says how fresh and how complete it is; one that read nothing says it too, if it can. */
async function addChain(result: { extensions?: Record<string, unknown> }, context: RequestContext): Promise<void> {
  const reader = await context.openReader().catch(() => null);
  if (reader === null) return;
  result.extensions = { ...result.extensions, ...chainExtension(reader.snapshot) };
}

/** Whether no field at the root has an answer: one that is null without an error is null. */
function isNothing(data: Data, errors: readonly GraphQLFormattedError[]): boolean {
  const failed = new Set(errors.map(({ path }) => path?.[0]));
  return Object.entries(data ?? {}).every(([name, value]) => value === null && failed.has(name));
}

function isTimeout({ extensions }: GraphQLFormattedError): boolean {
  return extensions?.code === 'TIMEOUT';
}

function shortened(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const left = errors.length - MAX_ERRORS;
  const last = errors[MAX_ERRORS]!;
  return [
    ...errors.slice(0, MAX_ERRORS),
    { ...last, message: `${counted(left, 'more error')}, the first is: ${last.message}` },
  ];
}
