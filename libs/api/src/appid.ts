import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInput } from '#errors';
import { PathParam } from './path-param.js';

export const appidPattern = /^wx[0-9a-f]{16}$/;
/** Of the sandbox. */
export const exampleAppid = 'wx3cc8fd6963e31a32';
export const exampleMiniProgram = 'wxdec0de0000000002';

export const appidRule = 'must be wx and 16 hex digits in lower case';

/** A path parameter that holds an appid. */
@Injectable()
export class AppidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!appidPattern.test(value)) throw new InvalidInput([{ path: 'appid', message: appidRule }]);
    return value;
  }
}

export const AppidParam = (example = exampleAppid): ParameterDecorator =>
  PathParam(
    'appid',
    { description: 'The WeChat app', schema: { type: 'string', pattern: appidPattern.source, example } },
    AppidPipe,
  );
