/**
 * The connection on which WeChat waits, as those see it who may answer: open until its time is over. What has begun to be
 * kept as the answer by then is the answer, even if the commit takes longer.
 */
export class AnswerTurn {
  private state: 'open' | 'taken' | 'over' = 'open';

  get isOver(): boolean {
    return this.state === 'over';
  }

  /** Whoever takes it keeps its reply as the answer, or gives it back. */
  take(): boolean {
    if (this.state !== 'open') return false;
    this.state = 'taken';
    return true;
  }

  giveBack(): void {
    this.state = 'open';
  }

  /** Nobody may take it any more; false when somebody has. */
  end(): boolean {
    if (this.state === 'taken') return false;
    this.state = 'over';
    return true;
  }
}
