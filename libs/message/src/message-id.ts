import { ApiParam } from '@nestjs/swagger';
import { OpaquePipe, opaquePattern } from '#api';

export const messageIdPipe = new OpaquePipe('id');

export const ApiMessageId = (): MethodDecorator =>
  ApiParam({
    name: 'id',
    description: 'The id that sending it answered',
    schema: { type: 'string', pattern: opaquePattern.source, example: 'msg_0Bz1fQk7Yx3mN8sT2wVa' },
  });
