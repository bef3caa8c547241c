// What takes longest begins first, so that the workers end together. Jest's own order would go by the size of a file where it
// has not measured yet, and the files of tools/testing/together.mjs are only a few lines.
import { together } from './together.mjs';

const isTogether = ({ path }) => path.replaceAll('\\', '/').includes(`/${together}/`);

export default class LongestFirst {
  sort(tests) {
    const size = ({ path, context }) => context.hasteFS.getSize(path) ?? 0;
    return [...tests].sort((one, other) => isTogether(other) - isTogether(one) || size(other) - size(one));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
