import { InvalidInput } from '#errors';
import type { PassiveReply } from '#wechat';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validate } from 'class-validator';
import { ReplyPart, replyOf, whatLacks } from './reply-shapes.js';

/** Reads the answer of a service outside, in the shape of the rules' replies. Other members are ignored. */
export async function replyFrom(said: unknown): Promise<PassiveReply> {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw new InvalidInput([{ path: 'reply', message: 'must be an object' }]);
  const shape = plainToInstance(ReplyPart, said);
  const faults = (await validate(shape, { whitelist: true })).flatMap((error) => faultsOf(error));
  if (faults.length === 0) faults.push(...whatLacks(shape));
  if (faults.length > 0) throw new InvalidInput(faults);
  return replyOf(shape);
}

function faultsOf(
  { property, constraints = {}, children = [] }: ValidationError,
  above = '',
): { path: string; message: string }[] {
  const path = `${above}${property}`;
  return [
    ...Object.values(constraints).map((message) => ({ path, message })),
    ...children.flatMap((child) => faultsOf(child, `${path}.`)),
  ];
}
