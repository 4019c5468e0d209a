import type { ValidationRule } from 'graphql';
import { queryLimits } from './query-limits.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** What queries are held to beside the rules of GraphQL, by whatever way they come. */
export function validationRules(trusted: TrustedDocuments | null): ValidationRule[] {
  return trusted === null ? [queryLimits] : [queryLimits, trusted.rule];
}
