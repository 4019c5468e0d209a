import type { CodegenConfig } from '@graphql-codegen/cli';
import { scalars } from 'bitql/scalars';
import { readTypeDefs } from 'bitql/schema';

const config: CodegenConfig = {
  // Or the address of a gateway: http://localhost:4000/graphql
  schema: readTypeDefs(),
  documents: ['src/**/*.ts', '!src/gql/**'],
  generates: {
    './src/gql/': {
      preset: 'client',
      // With strictScalars, a scalar without a type is an error instead of `unknown`.
      config: { scalars, strictScalars: true, useTypeImports: true, enumsAsTypes: true },
    },
  },
};

export default config;
