import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

export abstract class NameResolver {
  abstract resolve(name: string): Promise<string[]>;
}

@Injectable()
export class SystemNameResolver extends NameResolver {
  override async resolve(name: string): Promise<string[]> {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  }
}
