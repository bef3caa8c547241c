import autocannon from 'autocannon';

const connections = 16;
const requestsMax = 300_000;

/** One server under load for a while: how fast it answers, and what an answer costs it. */
export async function measure(server, { paths, method = 'GET', headers = {}, body }, seconds) {
  const cpuBefore = await server.cpuMicroseconds();
  const load = await autocannon({
    url: server.url,
    requests: paths.map((path) => ({ path, method, headers, body })),
    connections,
    duration: seconds,
    maxOverallRequests: requestsMax,
  });
  const cpuAfter = await server.cpuMicroseconds();
  const answers = load['2xx'];
  if (load.errors > 0 || load.non2xx > 0 || answers === 0)
    throw new Error(`${server.name}: ${answers} good answers, ${load.non2xx} others, ${load.errors} errors`);
  return {
    perSecond: answers / load.duration,
    p50: load.latency.p50,
    p99: load.latency.p99,
    cpuMicroseconds: (cpuAfter - cpuBefore) / answers,
  };
}
