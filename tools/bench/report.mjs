/** Median of the rounds by server, and how the others compare to the gateway round by round. */
export function printScenario(results) {
  console.log(row('', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request'));
  for (const [server, rounds] of results) {
    const middle = (field) => median(rounds.map((round) => round[field]));
    console.log(row(server, middle('perSecond').toFixed(0), middle('p50'), middle('p99'), middle('cpuMicroseconds').toFixed(1)));
  }

  const [[, ofGateway], ...others] = results;
  console.log(
    `\n  ${'over the gateway'.padEnd(24)}${'requests/s'.padEnd(28)}CPU per request     (min / median / max of ${ofGateway.length} rounds)`,
  );
  for (const [server, rounds] of others) {
    const ratios = (field) => spread(rounds.map((round, place) => round[field] / ofGateway[place][field]));
    console.log(`  ${server.padEnd(24)}${ratios('perSecond').padEnd(28)}${ratios('cpuMicroseconds')}`);
  }
}

const row = (name, ...cells) => `  ${name.padEnd(16)}${cells.map((cell) => String(cell).padStart(16)).join('')}`;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const spread = (numbers) =>
  [Math.min(...numbers), median(numbers), Math.max(...numbers)].map((number) => number.toFixed(2)).join(' / ');
