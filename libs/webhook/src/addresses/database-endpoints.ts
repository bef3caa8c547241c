export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const postgresPort = 5432;

/** The host of a connection string, unless parameters name another. A socket file has none. */
export function databaseEndpoints(connectionString: string): Endpoint[] {
  if (!URL.canParse(connectionString)) return [];
  const url = new URL(connectionString);
  const hosts = [url.searchParams.get('host') ?? '', decodeURIComponent(url.hostname)].flatMap((hosts) => hosts.split(','));
  const port = Number(url.searchParams.get('port') ?? url.port) || postgresPort;
  return hosts
    .map((host) => host.replace(/^\[(.*)\]$/, '$1'))
    .filter((host) => host !== '' && !host.startsWith('/'))
    .map((host) => ({ host, port }));
}
