const lenient = new WeakSet<object>();

/** On the class of a body: fields that it does not declare are ignored instead of refused. For callers of an older API. */
export const IgnoresUnknownFields = (): ClassDecorator => (type) => void lenient.add(type);

export const ignoresUnknownFields = (type: object | undefined): boolean => type !== undefined && lenient.has(type);
