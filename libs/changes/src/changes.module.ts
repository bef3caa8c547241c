import { Global, Module } from '@nestjs/common';
import { Changes } from './changes.js';
import { Epoch } from './epoch.js';
import { ChangesJobs } from './changes.jobs.js';

@Global()
@Module({ providers: [ChangesJobs, Changes, Epoch], exports: [Changes] })
export class ChangesModule {}
