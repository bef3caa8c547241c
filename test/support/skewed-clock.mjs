// Loaded before everything else in a process: its clock is wrong by CLOCK_SKEW_SECONDS, as on a machine without NTP.
// At each SIGUSR2 it steps to the next of CLOCK_STEPS_SECONDS, as when somebody sets it.
const steps = (process.env.CLOCK_STEPS_SECONDS ?? '').split(',').filter((step) => step !== '');
const RealDate = Date;
let skew = Number(process.env.CLOCK_SKEW_SECONDS ?? 0) * 1_000;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + skew);
    else super(...given);
  }

  static now() {
    return RealDate.now() + skew;
  }
};

if (steps.length > 0)
  process.on('SIGUSR2', () => {
    const step = steps.shift() ?? '0';
    skew = Number(step) * 1_000;
    process.stderr.write(`clock stepped to ${step}\n`);
  });
