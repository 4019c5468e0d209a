import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { BitqlError } from '../../errors.ts';
import { jsonObject } from '../../json.ts';
import type { PersistedQueries } from './persisted-queries.ts';

/** The only documents that a gateway answers, by the SHA-256 of their text. */
export class TrustedDocuments {
  readonly #texts: ReadonlyMap<string, string>;

  private constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** @param json an object with each document's text under its SHA-256, in hexadecimal @throws BAD_SETTING */
  static parse(json: string): TrustedDocuments {
    const texts = new Map(Object.entries(textsIn(json)));
    for (const [hash, text] of texts) {
      if (typeof text !== 'string' || hashOf(text) !== hash) {
        throw wrong(`the text under ${hash} does not have this SHA-256`);
      }
    }
    return new TrustedDocuments(texts as Map<string, string>);
  }

  /** @param hash the SHA-256 of a text, in hexadecimal */
  has(hash: string): boolean {
    return this.#texts.has(hash);
  }

  /** Each can be requested by its hash; none is added. */
  get persisted(): PersistedQueries {
    return { get: (hash) => this.#texts.get(hash), set: () => {} };
  }
}

/** The error for any other text. */
export function notTrusted(): GraphQLError {
  const message = 'This gateway answers only the queries of its list of trusted documents.';
  return new GraphQLError(message, { originalError: new BitqlError('DOCUMENT_NOT_TRUSTED', message) });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function textsIn(json: string): object {
  let given: object | null;
  try {
    given = jsonObject(json);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (given === null) throw wrong('it must be an object');
  return given;
}

function wrong(reason: string): BitqlError {
  return new BitqlError('BAD_SETTING', `${reason}.`);
}
