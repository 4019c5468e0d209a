/** Writes the CustomResourceDefinitions of k8s/api to k8s/crds. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crdFiles } from './crd-files.ts';

const folder = fileURLToPath(new URL('../k8s/crds/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, content] of crdFiles()) writeFileSync(join(folder, name), content);
