import { defineCommand } from '../command.ts';
import { OPERATOR_SETTINGS } from '../command-settings.ts';
import { loadOptional } from '../optional-packages.ts';

export const operator = defineCommand({
  name: 'operator',
  summary: 'Runs nodes, indexes and triggers in Kubernetes.',
  description:
    'Creates and maintains what the BitcoinNode, BitcoinIndex and BlockTrigger objects of a Kubernetes cluster ask for, ' +
    'until stopped. Several may run: one leads, the others stand by. SIGTERM (or Ctrl-C) stops the current work, releases the ' +
    'Lease and ends with code 0. An operator that loses the Lease ends with code 1, and should be restarted.',
  argument: null,
  examples: [
    ['bitql operator', "In a Pod: manages the Pod's cluster, with the rights of its service account."],
    [
      'bitql operator --kubeconfig ~/.kube/config --namespaces bitcoin',
      'From outside of the cluster, for one namespace.',
    ],
    [
      'BITQL_IMAGE=registry.example/bitql:0.1.0 bitql operator --lease-name none --health 8081 --metrics 9464',
      'Runs a single operator, with probes and metrics.',
    ],
  ],
  options: OPERATOR_SETTINGS,
  async run({ options, terminal }) {
    const { runOperator } = await loadOptional(
      'bitql operator',
      '@kubernetes/',
      () => import('../operator-service.ts'),
    );
    return runOperator(options, terminal);
  },
});
