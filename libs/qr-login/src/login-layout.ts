import { page } from '#api';

export const loginStyle = '/login/login.css';

/** The layout of login pages, on the desktop and inside WeChat. */
export const loginLayout = (parts: Omit<Parameters<typeof page>[0], 'style'>): string => page({ ...parts, style: loginStyle });
