const eightHours = 8 * 3_600_000;

/** WeChat counts days and months in China's time, which has no summer time. */
export const chinaDay = (moment: Date): string => new Date(moment.getTime() + eightHours).toISOString().slice(0, 10);

export const chinaMonthBegan = (moment: Date): Date => new Date(Date.parse(`${chinaDay(moment).slice(0, 7)}-01`) - eightHours);
