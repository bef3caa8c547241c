/**
 * Decides who may still answer the connection on which WeChat waits. A reply that is being committed when the time ends is the
 * answer, even if the commit takes longer.
 */
export class AnswerTurn {
  private state: 'open' | 'taken' | 'over' = 'open';

  get isOver(): boolean {
    return this.state === 'over';
  }

  /** Who takes the turn keeps its reply as the answer, or gives the turn back. */
  take(): boolean {
    if (this.state !== 'open') return false;
    this.state = 'taken';
    return true;
  }

  giveBack(): void {
    this.state = 'open';
  }

  /** Nobody may take the turn any more. False if somebody has taken it. */
  end(): boolean {
    if (this.state === 'taken') return false;
    this.state = 'over';
    return true;
  }
}
