const eightHours = 8 * 3_600_000;
const day = 86_400_000;

/** The seconds until WeChat resets its daily counts, at midnight in China, which has no summer time. Never 0. */
export const secondsToChinaMidnight = (moment: Date): number =>
  Math.ceil((day - ((moment.getTime() + eightHours) % day)) / 1_000);
