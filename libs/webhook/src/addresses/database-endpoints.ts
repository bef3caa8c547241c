export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const postgresPort = 5432;

/** Where a connection string leads: its host, unless parameters name another. A socket in the file system is nowhere. */
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
