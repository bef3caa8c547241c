/** WeChat counts by the days of China. */
export const chinaZone = "interval '8 hours'";
export const chinaDay = (moment: string): string => `(${moment} AT TIME ZONE ${chinaZone})::date`;
