// Loaded before everything else in a process: its clock is wrong by CLOCK_SKEW_SECONDS, as on a machine without NTP.
const skew = Number(process.env.CLOCK_SKEW_SECONDS) * 1_000;
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + skew);
    else super(...given);
  }

  static now() {
    return RealDate.now() + skew;
  }
};
