import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many logins somebody began within the minute that ends `until`. */
@Entity('login_rate')
export class LoginRate {
  /** Whose budget it is: a key's, that of strangers at it, or one address's share of either. */
  @PrimaryColumn('text')
  subject!: string;

  @Column('timestamptz')
  until!: Date;

  @Column('integer')
  begun!: number;
}
