import { type ArgumentMetadata, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import { ignoresUnknownFields } from '#api';
import { type Fault, InvalidInput } from '#errors';
import type { ValidationError } from 'class-validator';

const rules: ValidationPipeOptions = {
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  exceptionFactory: (errors) => new InvalidInput(errors.flatMap((error) => faultsOf(error))),
};

/** Checks every body and query against its class. It reports all faults at once and refuses undeclared fields. */
export class InputValidation extends ValidationPipe {
  private readonly lenient = new ValidationPipe({ ...rules, forbidNonWhitelisted: false });

  constructor() {
    super(rules);
  }

  /** class-validator would accept a list of good bodies, but a list is no body. */
  override async transform(value: unknown, about: ArgumentMetadata): Promise<unknown> {
    if (about.type === 'body' && Array.isArray(value)) throw new InvalidInput([{ path: 'body', message: 'must be an object' }]);
    if (ignoresUnknownFields(about.metatype)) return (await this.lenient.transform(value, about)) as unknown;
    return (await super.transform(value, about)) as unknown;
  }
}

function faultsOf(error: ValidationError, above = ''): Fault[] {
  const path = above ? `${above}.${error.property}` : error.property;
  const broken = Object.entries(error.constraints ?? {});
  // A value of the wrong type breaks every other rule too, so only the type is reported.
  const [rule, message] = broken.find(([name]) => typeRules.has(name)) ?? broken[0] ?? [];
  const own = rule === undefined || message === undefined ? [] : [{ path, message: clearly(rule, message, error.property) }];
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}

const typeRules = new Set(['isArray', 'isObject', 'isString', 'isInt', 'isNumber', 'isBoolean']);

/** class-validator begins its sentences with the property, which the path names already. */
function clearly(rule: string, message: string, property: string): string {
  if (rule === 'whitelistValidation') return 'is not a field of this request';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
