import { defineCommand } from '../command.ts';
import { OPERATOR_SETTINGS } from '../command-settings.ts';
import { loadOptional } from '../optional-packages.ts';

export const operator = defineCommand({
  name: 'operator',
  summary: 'Runs nodes, indexes and triggers in Kubernetes.',
  description:
    'Brings about in a Kubernetes cluster what its objects of the kinds BitcoinNode, BitcoinIndex and BlockTrigger ask for, ' +
    'until stopped. Several may run: one leads, the others stand by. SIGTERM (or Ctrl-C) ends what is under way, gives the ' +
    'lease back and ends with code 0; whoever loses the lease ends with code 1, to be started anew.',
  argument: null,
  examples: [
    ['bitql operator', 'In a Pod: the cluster around it, with the rights of its service account.'],
    ['bitql operator --kubeconfig ~/.kube/config --namespaces bitcoin', 'From outside, for one namespace.'],
    [
      'BITQL_IMAGE=registry.example/bitql:0.1.0 bitql operator --lease-name none --health 8081 --metrics 9464',
      'The only operator there is, with probes and metrics.',
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
