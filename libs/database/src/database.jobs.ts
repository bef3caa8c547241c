import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Database } from './database.js';

@Injectable()
export class DatabaseJobs {
  constructor(private readonly database: Database) {}

  @Interval('database-look', 1_000)
  look(): Promise<void> {
    return this.database.look();
  }
}
