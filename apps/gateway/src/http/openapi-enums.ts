interface Part {
  readonly nullable?: boolean;
  enum?: unknown[];
}

/** In OpenAPI 3.0 a list of values allows null only where it names it, whatever `nullable` says. Says so everywhere below. */
export function nameNullInEnums(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  const schema = part as Part;
  if (schema.nullable === true && Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  for (const below of Object.values(part)) nameNullInEnums(below);
}
