import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataKey } from './data-key.entity.js';
import { Vault } from './vault.js';

@Global()
@Module({ imports: [TypeOrmModule.forFeature([DataKey])], providers: [Vault], exports: [Vault] })
export class VaultModule {}
