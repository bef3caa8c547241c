import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInput } from '#errors';
import { PathParam } from './path-param.js';

/** What WeChat issues and nobody else reads: openids, unionids, codes, tickets. */
export const opaquePattern = /^[\x21-\x7e]{1,512}$/;
/** 王小明 of the sandbox at its account, so that examples work there as they stand. */
export const exampleOpenid = 'oSLRWkQ7rtewJiUoX6iv-FaqaTEz';

export const printableRule = (max: number): string => `must be 1 to ${max} printable characters without spaces`;

/** A path parameter that holds one. */
@Injectable()
export class OpaquePipe implements PipeTransform<string, string> {
  constructor(private readonly name: string) {}

  transform(value: string): string {
    if (!opaquePattern.test(value)) throw new InvalidInput([{ path: this.name, message: printableRule(512) }]);
    return value;
  }
}

export const OpenidParam = (): ParameterDecorator =>
  PathParam(
    'openid',
    {
      description: 'The person, as this app knows them',
      schema: { type: 'string', pattern: opaquePattern.source, example: exampleOpenid },
    },
    new OpaquePipe('openid'),
  );
