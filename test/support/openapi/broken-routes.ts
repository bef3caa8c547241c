import { Body, Controller, Get, HttpCode, Module, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { Matches } from 'class-validator';

class Thing {
  @ApiProperty({ example: 'thing' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  note!: string | null;
}

class Order {
  @ApiProperty({ pattern: '^[0-9a-f]{32}$' })
  @Matches(/^[0-9a-f]{32}$/)
  secret!: string;
}

const thing: Thing = { name: 'thing', note: null };

/** Each of these routes breaks one promise, so that the walk can be seen to notice. */
@ApiTags('broken')
@OpenToAll()
@Controller('broken')
class BrokenController {
  @Get('leak')
  @ApiOperation({ operationId: 'leaks', summary: 'Answers a field that is not described' })
  @ApiOkResponse({ type: Thing })
  leak(): object {
    return { ...thing, secret_hash: 'x' };
  }

  @Get('null')
  @ApiOperation({ operationId: 'isNull', summary: 'Answers null where a text is described' })
  @ApiOkResponse({ type: Thing })
  null(): object {
    return { ...thing, name: null };
  }

  @Get('status')
  @HttpCode(202)
  @ApiOperation({ operationId: 'surprises', summary: 'Answers a status that is not described' })
  @ApiOkResponse({ type: Thing })
  status(): Thing {
    return thing;
  }

  @Get('crash/:name')
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiOperation({ operationId: 'crashes', summary: 'Fails at what is neither letter nor digit' })
  @ApiOkResponse({ type: Thing })
  crash(@Param('name') name: string): Thing {
    if (/[^0-9A-Za-z]/.test(name)) throw new Error('Neither letter nor digit');
    return thing;
  }

  @Post('echo')
  @HttpCode(200)
  @ApiOperation({ operationId: 'echoes', summary: 'Repeats a secret' })
  @ApiOkResponse({ type: Thing })
  echo(@Body() { secret }: Order): Thing {
    return { name: `The secret is ${secret}`, note: null };
  }
}

@Module({ controllers: [BrokenController] })
export class BrokenRoutes {}
