const paths = new Set<string>();

/** Called by the room that owns the route: its body is handed over as the bytes that came, whatever their type. */
export const takesRawBody = (path: string): void => void paths.add(path);

export const hasRawBody = (path: string | undefined): boolean => path !== undefined && paths.has(path);
