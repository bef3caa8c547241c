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

/** What a change leaves out stays as it is, whatever the body that creates it would take it for. */
export function dropDefaultsOfChanges(schemas: Record<string, object> = {}): void {
  const changes = Object.entries(schemas).filter(([name]) => name.endsWith('Change'));
  for (const [, { properties = {} }] of changes as [string, { properties?: Record<string, { default?: unknown }> }][])
    for (const property of Object.values(properties)) delete property.default;
}
