import { OpaquePipe, PathParam, opaquePattern } from '#api';

export const MessageIdParam = (): ParameterDecorator =>
  PathParam(
    'id',
    {
      description: 'The id that sending it answered',
      schema: { type: 'string', pattern: opaquePattern.source, example: 'msg_0Bz1fQk7Yx3mN8sT2wVa' },
    },
    new OpaquePipe('id'),
  );
