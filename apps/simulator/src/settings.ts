export interface SimulatorSettings {
  readonly host: string;
  readonly port: number;
}

/** SIMULATOR_HOST and SIMULATOR_PORT. The simulator has no other settings: everything else is set under /_sim. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): SimulatorSettings {
  const given = environment['SIMULATOR_PORT'] ?? '36013';
  const port = Number(given);
  if (!/^\d+$/.test(given) || port > 65_535) throw new Error(`SIMULATOR_PORT must be a port, not ${given}`);
  return { host: environment['SIMULATOR_HOST'] || '127.0.0.1', port };
}
