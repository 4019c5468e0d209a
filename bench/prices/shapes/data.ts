import type { Landmarks } from '../crafted-chain.ts';
import { hostile, type Shape } from '../shape.ts';
import { aliases, of, through } from './texts.ts';

const FORMS = ['index', 'opcode', 'hex', 'utf8', 'base64', 'size', 'malformed'];
const LARGE_FORMS = ['hex', 'utf8', 'base64'];
const TEN = 'outputs(first: 10)';

/** Data outputs of many pushes and of a large one, in all forms. */
export function data({ pushes, pushesTenTimes, text }: Landmarks): Shape[] {
  const ofPushes = (inner: string) => of(pushes, `outputs(first: 1) { data { pushes { ${inner} } } }`);
  const ofText = (inner: string) => of(text, `outputs(first: 1) { data { pushes { ${inner} } } }`);
  const inForms = (name: string, query: (form: string) => string) =>
    Object.fromEntries(LARGE_FORMS.map((form) => [name.replace('FORM', form), query(form)]));
  return hostile({
    'data of 98,000 pushes': of(pushes, 'outputs(first: 1) { data { __typename } }'),
    'data of ten such': of(pushesTenTimes, `${TEN} { data { __typename } }`),
    'data of ten such, 2 levels': of(pushesTenTimes, through(TEN, 2, 'data { __typename }')),
    'data of ten such, 3 levels': of(pushesTenTimes, through(TEN, 3, 'data { __typename }')),
    'data of ten such by 30 aliases': of(
      pushesTenTimes,
      `${TEN} { ${aliases(30, (alias) => `${alias}: data { __typename }`)} }`,
    ),
    'type of ten such, 3 levels': of(pushesTenTimes, through(TEN, 3, 'type address')),
    '98,000 pushes, __typename': ofPushes('__typename'),
    ...inForms('98,000 pushes, FORM', ofPushes),
    '98,000 pushes, in all forms': ofPushes(FORMS.join(' ')),
    '98,000 pushes ten times, size': of(pushesTenTimes, `${TEN} { data { pushes { size } } }`),
    ...inForms('1 MB in one push, FORM', ofText),
    ...inForms('1 MB in one push, 10 times as FORM', (form) => ofText(aliases(10, (alias) => `${alias}: ${form}`))),
    '1 MB in one push, its size 30 times': of(
      text,
      `outputs(first: 1) { ${aliases(30, (alias) => `${alias}: data { pushes { size } }`)} }`,
    ),
    '1 MB as hex of the transaction': of(text, 'hex'),
    '1 MB as a locking script': of(text, 'outputs(first: 1) { lockingScript }'),
  });
}
