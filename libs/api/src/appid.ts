import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam, type ApiParamOptions } from '@nestjs/swagger';
import { InvalidInput } from '#errors';

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

const describeParam = (example: string): ApiParamOptions => ({
  name: 'appid',
  description: 'The WeChat app',
  schema: { type: 'string', pattern: appidPattern.source, example },
});

export const ApiAppid = (example = exampleAppid): MethodDecorator & ClassDecorator => ApiParam(describeParam(example));
