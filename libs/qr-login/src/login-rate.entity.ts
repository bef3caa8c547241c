import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many logins somebody began in the minute that ends at `until`. */
@Entity('login_rate')
export class LoginRate {
  /** The owner of the budget: a key, the strangers of a key, or one address in either. */
  @PrimaryColumn('text')
  subject!: string;

  @Column('timestamptz')
  until!: Date;

  @Column('integer')
  begun!: number;
}
